/**
 * Whatever is posted: the answer is a review with the request's uid, or a 400. Never a 500, and the next good review
 * is answered. What takes long (floods, slow uploads, memory) is in test/e2e/faults.
 */
import * as fc from 'fast-check';
import jsonPatch from 'fast-json-patch';
import { Agent } from 'node:https';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { namespaceOf, podOf, settings } from '../inject/fixtures.ts';
import { settingKeys } from '../../src/settings/table.ts';
import { countBrackets, maxBrackets } from '../../src/webhook/bodies/brackets.ts';
import { brokenReview, eachNodeBroken, forgedManifest, validReviews } from './broken-values.ts';
import { operationsIn, podReview, responseIn, uid } from './reviews.ts';
import { openWebhook, post, type TestWebhook } from './webhook-server.ts';

let webhook: TestWebhook;
const agent = new Agent({ keepAlive: true, maxSockets: 4 });

beforeAll(async () => {
  // One place less than sockets: a place that is not given back shows at once.
  webhook = await openWebhook({ maxInFlight: 4, fetch: () => Promise.resolve(namespaceOf()) });
});

afterAll(async () => {
  agent.destroy();
  await webhook.server.close();
});

interface Sent {
  readonly request?: { readonly uid?: unknown; readonly object?: object };
}

/** The defined answers, and what must hold of each. */
async function checkAnswer(path: string, body: unknown): Promise<'review' | 'refused'> {
  const before = webhook.errors.length;
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const answer = await post(webhook, path, text, { agent });
  expect(webhook.errors.slice(before)).toEqual([]);
  if (answer.status === 413) expect(countBrackets(Buffer.from(text))).toBeGreaterThan(maxBrackets);
  if (answer.status === 400 || answer.status === 413) {
    expect(answer.text).toMatch(/^.{1,220}\n$/u);
    return 'refused';
  }
  const response = responseIn(answer);
  const { request } = JSON.parse(text) as Sent;
  expect(response.uid).toBe(request?.uid);
  if (response.patch !== undefined) jsonPatch.applyPatch(request?.object, operationsIn(response), true);
  return 'review';
}

async function goodStillWorks(): Promise<void> {
  const four = await Promise.all(
    Array.from({ length: 4 }, () => post(webhook, '/mutate', podReview(), { agent })),
  );
  for (const answer of four) expect(responseIn(answer)).toMatchObject({ uid, patchType: 'JSONPatch' });
}

describe('a review with something broken in it', () => {
  it('in any one place gets a defined answer', { timeout: 60_000 }, async () => {
    const answers = { review: 0, refused: 0 };
    for (const [path, review] of eachNodeBroken()) answers[await checkAnswer(path, review)] += 1;
    expect(answers.review).toBeGreaterThan(200);
    expect(answers.refused).toBeGreaterThan(200);
    await goodStillWorks();
  });

  it('in several places gets one too', async () => {
    await fc.assert(
      fc.asyncProperty(brokenReview, async ([path, review]) => void (await checkAnswer(path, review))),
      { numRuns: 500 },
    );
    await goodStillWorks();
  });

  it('cut off anywhere is refused', async () => {
    const texts = validReviews.map(([path, review]) => [path, JSON.stringify(review)] as const);
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...texts),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        async ([path, text], share) => {
          expect(await checkAnswer(path, text.slice(0, Math.floor(text.length * share)))).toBe('refused');
        },
      ),
      { numRuns: 100 },
    );
    await goodStillWorks();
  });

  it('which is a manifest gets a defined answer', async () => {
    await fc.assert(
      fc.asyncProperty(forgedManifest, async (review) => {
        const brackets = countBrackets(Buffer.from(JSON.stringify(review)));
        expect(await checkAnswer('/mutate', review)).toBe(brackets > maxBrackets ? 'refused' : 'review');
      }),
      { numRuns: 200 },
    );
    await goodStillWorks();
  });
});

describe('any JSON at all', () => {
  it('gets a defined answer', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('/mutate', '/mutate/labelled', '/advise'),
        fc.json(),
        async (path, text) => {
          expect(await checkAnswer(path, text)).toBe('refused');
        },
      ),
      { numRuns: 100 },
    );
  });

  it('as a pod, a namespace, a workload, too', async () => {
    await fc.assert(
      fc.asyncProperty(fc.jsonValue(), fc.constantFrom(...validReviews), async (object, [path, review]) => {
        const { request } = review as { request: object };
        await checkAnswer(path, { ...(review as object), request: { ...request, object } });
      }),
      { numRuns: 200 },
    );
    await goodStillWorks();
  });
});

const reviewText = JSON.stringify(podReview());
const nested = (levels: number, open = '[', close = ']'): string =>
  open.repeat(levels) + close.repeat(levels);

describe('a body of an odd kind', () => {
  it.each<[string, string, 'review' | 'refused']>([
    ['100,000 lists in one another', nested(100_000), 'refused'],
    ['100,000 objects in one another', `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`, 'refused'],
    ['100,000 lists that do not end', '['.repeat(100_000), 'refused'],
    [
      'depth in a field that nobody reads',
      reviewText.replace('"name":"app"', `"x":${nested(99_000)},"name":"app"`),
      'review',
    ],
    ['depth in userInfo', reviewText.replace('"userInfo":', `"x":${nested(99_000)},"userInfo":`), 'review'],
    [
      'depth in place of the pod',
      JSON.stringify(podReview('POD')).replace('"POD"', nested(99_000)),
      'refused',
    ],
    ['a uid twice: the last one counts', reviewText.replace('"uid":', '"uid":"first","uid":'), 'review'],
    ['a pod twice: the last one counts', reviewText.replace('"object":', '"object":5,"object":'), 'review'],
    ['a number beyond all bounds', reviewText.replace('"dryRun":false', '"dryRun":1e999'), 'refused'],
    [
      'a port beyond all bounds',
      JSON.stringify(
        podReview({ spec: { containers: [{ name: 'a', ports: [{ containerPort: 4143.5 }] }] } }),
      ),
      'refused',
    ],
    [
      'an infinite port',
      JSON.stringify(
        podReview({ spec: { containers: [{ name: 'a', ports: [{ containerPort: 77 }] }] } }),
      ).replace('77', '1e999'),
      'refused',
    ],
    ['a prototype for the body', `{"__proto__":${reviewText}}`, 'refused'],
    ['a byte order mark', `\ufeff${reviewText}`, 'refused'],
    ['NaN', 'NaN', 'refused'],
    ['two reviews', reviewText + reviewText, 'refused'],
    ['a comment', `/* */${reviewText}`, 'refused'],
  ])('%s', async (_, body, expected) => {
    expect(await checkAnswer('/mutate', body)).toBe(expected);
    await goodStillWorks();
  });

  it.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'then', 'toJSON'])(
    'with keys called %s everywhere is answered as without',
    async (key) => {
      const text = reviewText.replaceAll('{', `{"${key}":{"a":1},`).replaceAll(',}', '}');
      const maps = text.replace(`"annotations":{"${key}":{"a":1}`, `"annotations":{"${key}":"1"`);
      expect(await checkAnswer('/mutate', maps)).toBe('review');
      expect(await checkAnswer('/advise', maps)).toBe('review');
      expect(({} as Record<string, unknown>)['a']).toBeUndefined();
      await goodStillWorks();
    },
  );

  it('of lone surrogates comes back with the same uid', async () => {
    const pod = podOf({ '\udc00': '\ud800', 'linkerd.io/inject': 'enabled' });
    expect(await checkAnswer('/mutate', JSON.stringify(podReview(pod, { uid: '\ud83d' })))).toBe('review');
  });

  it('of the size of the limit is answered, be it one text or a million of items', async () => {
    const wide = `[${'{},'.repeat(300_000)}{}]`;
    expect(await checkAnswer('/mutate', podReview(podOf({ note: 'x'.repeat(7_000_000) })))).toBe('review');
    const containers = JSON.stringify(podReview({ spec: { containers: 'LIST' } }));
    expect(await checkAnswer('/mutate', containers.replace('"LIST"', wide))).toBe('refused');
    await goodStillWorks();
  });
});

describe('settings of any text', () => {
  it('are answered with a review, with a line for each problem', async () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.stringMatching(/^[-0-9a-z.,:=+ ]*$/u),
      fc.constantFrom(
        '',
        ' ',
        ',',
        '-',
        '1-',
        '1e9',
        '0',
        '-1',
        '65536',
        '9'.repeat(400),
        '[]',
        '[null]',
        '[{}]',
        '{',
      ),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.dictionary(fc.constantFrom(...settingKeys), text, { noNullPrototype: true }),
        async (texts) => {
          const annotations = settings(texts);
          expect(await checkAnswer('/mutate', podReview(podOf(annotations)))).toBe('review');
        },
      ),
      { numRuns: 200 },
    );
    await goodStillWorks();
  });
});

describe('a body nested deeper than anything in Kubernetes', () => {
  it.each([
    ['in a field that nobody reads', '"name":"a","future":'],
    ['in a port', '"name":"a","ports":[{"containerPort":80,"x":'],
    ['in the variables of a container of ours', '"name":"outrigger-proxy","env":[{"name":"A","valueFrom":'],
  ])('is answered %s, and by no trace of a stack', async (_, field) => {
    const before = webhook.errors.length;
    const record = { v: 1, by: 'webhook', plan: '0'.repeat(16), init: written, proxy: written };
    const pod = podOf(
      { 'linkerd.io/injected': JSON.stringify(record) },
      { initContainers: [{ name: 'setup' }, { name: 'DEEP' }] },
    );
    for (const levels of [100, 10_000, 50_000]) {
      const deep = `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`;
      const closed = field.includes('[{') ? `${deep}}]` : deep;
      const body = JSON.stringify(podReview(pod)).replace('"name":"DEEP"', () => field + closed);
      const { status, text } = await post(webhook, '/mutate', body);
      if (status !== 200)
        expect({ status, text }).toEqual({ status: 400, text: 'the object is nested too deeply\n' });
    }
    expect(webhook.errors.slice(before)).toEqual([]);
  });
});

const written = { image: 'x', pull: '' };
