/** Large reviews, which are computed in a worker: the same answers, and an end for those that take too long. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { largeBodyBytes } from '../../src/webhook/bodies/body-reader.ts';
import { contextOf, namespaceOf, podOf, settings } from '../inject/fixtures.ts';
import { namespaceReview, operationsIn, podReview, responseIn, uid, workloadReview } from './reviews.ts';
import { openWebhook, patientThread, post, startWebhook, type TestWebhook } from './webhook-server.ts';

const owner = {
  apiVersion: 'apps/v1',
  kind: 'ReplicaSet',
  name: 'web-5d9f8c7b64',
  uid: '0f4d3e7a-1111-4222-8333-123456789abc',
  controller: true,
};

const padding = 'x'.repeat(largeBodyBytes);

/** In a field that nobody reads. */
const padded = (review: { readonly request: object }): object => ({
  ...review,
  request: { ...review.request, userInfo: { username: padding } },
});

const owned = (annotations: Record<string, string>) => {
  const pod = podOf(annotations);
  return { ...pod, metadata: { ...pod.metadata, ownerReferences: [owner] } };
};

const config = { annotationDomain: 'linkerd.io', images: { registry: 'mirror.local' } };

describe('a large review is answered as a small one', () => {
  let webhook: TestWebhook;
  beforeAll(async () => {
    webhook = await openWebhook({ context: contextOf({ config, cluster: { ipv6: true } }) });
  });
  afterAll(() => webhook.server.close());

  it.each<[string, string, { readonly request: object }]>([
    ['a pod', '/mutate', podReview(owned({}))],
    ['a pod of a labelled namespace', '/mutate/labelled', podReview(owned({}))],
    ['a pod that is left alone', '/mutate', podReview(owned({ 'linkerd.io/inject': 'disabled' }))],
    ['a pod that is refused', '/mutate', podReview(owned(settings({ 'proxy-cpu-limit': 'much' })))],
    ['a dry run', '/mutate', podReview(owned({}), { dryRun: true })],
    ['no pod', '/mutate', podReview({ spec: 5 })],
    ['another operation', '/mutate', podReview(owned({}), { operation: 'DELETE' })],
    ['an unknown namespace', '/mutate', podReview(owned({}), { namespace: 'unknown' })],
    ['no review', '/mutate', { ...podReview(), kind: 'Review' } as { readonly request: object }],
    ['a workload', '/advise', workloadReview('Deployment', settings({ 'proxy-cpu-limit': 'much' }))],
    ['a namespace', '/advise', namespaceReview({ annotations: settings({ 'proxy-cpu-limit': 'much' }) })],
  ])('%s', async (_, path, review) => {
    const before = { lines: webhook.lines.length, events: webhook.events.length };
    const [small, large] = [await post(webhook, path, review), await post(webhook, path, padded(review))];
    expect({ ...large, headers: null }).toEqual({ ...small, headers: null });
    const lines = webhook.lines.slice(before.lines).map((line) => ({ ...line, ms: 0 }));
    expect(lines).toEqual([lines[0], lines[0]]);
    const events = webhook.events.slice(before.events);
    expect(events.slice(events.length / 2)).toEqual(events.slice(0, events.length / 2));
    expect(webhook.fetched.length % 2).toBe(0);
    expect(webhook.errors).toEqual([]);
  });

  it('with the facts about the cluster and the namespace of this moment', async () => {
    let nativeSidecars = true;
    const webhook = await startWebhook({ context: () => contextOf({ cluster: { nativeSidecars } }) });
    const initContainers = async (): Promise<string> => {
      const operations = operationsIn(responseIn(await post(webhook, '/mutate', padded(podReview()))));
      return JSON.stringify(operations.filter(({ path }) => path.startsWith('/spec/initContainers')));
    };
    expect(await initContainers()).toContain('outrigger-proxy');
    nativeSidecars = false;
    expect(await initContainers()).not.toContain('"outrigger-proxy"');
  });

  it('also many at a time', async () => {
    const answers = await Promise.all(
      Array.from({ length: 6 }, (_, index) =>
        post(webhook, '/mutate', padded(podReview(podOf(), { uid: `uid-${index}` }))),
      ),
    );
    expect(answers.map((answer) => responseIn(answer).uid)).toEqual(
      answers.map((_, index) => `uid-${index}`),
    );
  });
});

const hanging = new URL('hangs.fixture.ts', import.meta.url);

describe('a large review whose worker', () => {
  it.each(['hang', 'fill', 'end', 'throw'])(
    'does %s is a 500, and so is the next; small ones are answered meanwhile',
    async (does) => {
      const webhook = await startWebhook({
        worker: { file: hanging, data: { does } },
        limits: { thread: { ...patientThread, deadlineMs: does === 'hang' ? 500 : 30_000 } },
      });
      const hung = post(webhook, '/mutate', padded(podReview()));
      expect(responseIn(await post(webhook, '/mutate', podReview())).uid).toBe(uid);
      const failed = { status: 500, text: 'the review could not be computed\n' };
      expect(await hung).toMatchObject(failed);
      expect(await post(webhook, '/mutate', padded(podReview()))).toMatchObject(failed);
      expect(webhook.errors.map(({ message }) => message)).toEqual(Array(2).fill('a large review failed'));
      const why = {
        hang: /not computed within 500 ms/u,
        fill: /memory/u,
        end: /has ended/u,
        throw: /thrown in/u,
      };
      expect(String(webhook.errors[0]?.error)).toMatch(why[does as keyof typeof why]);
      expect(webhook.lines.filter(({ outcome }) => outcome === 'error')).toHaveLength(2);
    },
  );

  it('cannot be started is a 500', async () => {
    const webhook = await startWebhook({
      worker: { file: new URL('no-such-file.ts', import.meta.url), data: {} },
    });
    expect(await post(webhook, '/mutate', padded(podReview()))).toMatchObject({ status: 500 });
    expect(String(webhook.errors[0]?.error)).toContain('no-such-file');
  });

  it('was ended as it had nothing to do is answered by another', async () => {
    const webhook = await startWebhook({
      cached: [],
      fetch: () => Promise.resolve(namespaceOf()),
      limits: { thread: { ...patientThread, idleMs: 20 } },
    });
    for (let count = 0; count < 3; count += 1) {
      expect(responseIn(await post(webhook, '/mutate', padded(podReview()))).uid).toBe(uid);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    expect(webhook.errors).toEqual([]);
  });

  it('is not charged with the time that reading its namespace takes', async () => {
    const webhook = await startWebhook({
      cached: [],
      fetch: () => new Promise((resolve) => setTimeout(() => resolve(namespaceOf()), 4000)),
      limits: { thread: { ...patientThread, deadlineMs: 3500 } },
    });
    expect(responseIn(await post(webhook, '/mutate', padded(podReview()))).patchType).toBe('JSONPatch');
  });
});
