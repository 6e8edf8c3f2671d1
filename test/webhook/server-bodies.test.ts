/** Bodies of strangers: unfinished, slow, large, made to be dear. Good reviews are answered all the while. */
import { describe, expect, it } from 'vitest';
import type { Pod } from '../../src/kubernetes.types.ts';
import { maxBrackets } from '../../src/webhook/bodies/brackets.ts';
import { largeBodyBytes, type BodyLimits } from '../../src/webhook/bodies/body-reader.ts';
import { pollUntil } from '../e2e/poll-until.ts';
import { podOf } from '../inject/fixtures.ts';
import { podReview, responseIn, uid } from './reviews.ts';
import {
  openSocket,
  patientBodies,
  post,
  readToEnd,
  startWebhook,
  type TestWebhook,
} from './webhook-server.ts';

const head = 'POST /mutate HTTP/1.1\r\nHost: webhook\r\nContent-Type: application/json\r\n';
const good = JSON.stringify(podReview());

/** A review of that many bytes. */
const podWith = (value: string): Pod =>
  podOf({}, { containers: [{ name: 'app', env: [{ name: 'A', value }] }] });

const reviewOfSize = (bytes: number): string =>
  JSON.stringify(podReview(podWith('NOTE'))).replace(
    'NOTE',
    'x'.repeat(bytes - JSON.stringify(podReview(podWith(''))).length),
  );

const limited = (limits: Partial<BodyLimits>): Promise<TestWebhook> =>
  startWebhook({ limits: { bodies: { ...patientBodies, ...limits } } });

/** Uploads that stop after their first bytes; each resolves with what is answered once it is closed. */
async function halfBodies(
  webhook: TestWebhook,
  count: number,
  length: number,
  sent: string,
): Promise<{ readonly answers: readonly Promise<string>[] }> {
  const answers: Promise<string>[] = [];
  for (let index = 0; index < count; index += 1) {
    const socket = await openSocket(webhook);
    answers.push(readToEnd(socket));
    socket.write(`${head}Content-Length: ${length}\r\n\r\n${sent}`);
  }
  return { answers };
}

async function goodIsAnswered(webhook: TestWebhook): Promise<void> {
  expect(responseIn(await post(webhook, '/mutate', good))).toMatchObject({ uid, patchType: 'JSONPatch' });
}

describe('unfinished bodies', () => {
  it('take no places', async () => {
    const webhook = await startWebhook({ maxInFlight: 1 });
    await halfBodies(webhook, 20, 1000, '{');
    await goodIsAnswered(webhook);
  });

  it('share a budget: the oldest is answered 408 when it is used up, and the new ones find room', async () => {
    const webhook = await limited({ unfinishedBytes: 100_000 });
    // 20 kB of each are kept, in 32 kB.
    const first = await halfBodies(webhook, 2, 200_000, ' '.repeat(20_000));
    const [answer] = await Promise.all([
      first.answers[0],
      halfBodies(webhook, 3, 200_000, ' '.repeat(20_000)),
      pollUntil(() => webhook.lines.length > 0, { timeoutMs: 10_000, what: 'the oldest to go' }),
    ]);
    expect(answer).toMatch(
      /^HTTP\/1\.1 408 [^]*connection: close[^]*\r\n\r\nthe body did not come in time\n$/u,
    );
    await goodIsAnswered(webhook);
    expect(webhook.lines[0]).toMatchObject({ path: '/mutate', outcome: 'bad_request' });
  });

  it('of a byte each weigh something too', async () => {
    const webhook = await limited({ unfinishedBytes: 100_000 });
    await halfBodies(webhook, 40, 1000, '{');
    await pollUntil(() => webhook.lines.filter(({ outcome }) => outcome === 'bad_request').length >= 8, {
      timeoutMs: 10_000,
      what: 'the oldest to go',
    });
    await goodIsAnswered(webhook);
  });

  it('have their time, however often a byte comes', async () => {
    const webhook = await limited({ smallMs: 500 });
    const socket = await openSocket(webhook);
    const answer = readToEnd(socket);
    socket.write(`${head}Content-Length: 1000\r\n\r\n`);
    const drips = setInterval(() => socket.writable && socket.write(' '), 20);
    expect(await answer).toMatch(/^HTTP\/1\.1 408 /u);
    clearInterval(drips);
    await goodIsAnswered(webhook);
  });

  it('sent a byte at a time are read all the same', async () => {
    const webhook = await startWebhook();
    const socket = await openSocket(webhook);
    socket.setNoDelay(true);
    const answer = readToEnd(socket);
    socket.write(`${head}Connection: close\r\nContent-Length: ${good.length}\r\n\r\n`);
    for (const byte of good) socket.write(byte);
    expect(await answer).toContain(`"uid":"${uid}","allowed":true,"patchType":"JSONPatch"`);
  });
});

const withBrackets = (count: number): string => {
  const inGood = good.match(/[{[]/gu)?.length ?? 0;
  return good.replace('"userInfo":', `"x":[${'{},'.repeat(count - inGood - 2)}{}],"userInfo":`);
};

describe('lists and objects', () => {
  it('may be 100,000', async () => {
    const webhook = await startWebhook();
    expect((await post(webhook, '/mutate', withBrackets(maxBrackets))).status).toBe(200);
  });

  it.each([
    ['of a known length', {}],
    ['in chunks', { 'transfer-encoding': 'chunked' }],
  ])('one more is refused before it is parsed, in a body %s', async (_, headers) => {
    const webhook = await startWebhook();
    const answer = await post(webhook, '/mutate', withBrackets(maxBrackets + 1), {
      headers: { 'content-type': 'application/json', ...headers },
    });
    expect(answer).toMatchObject({ status: 413, text: 'the body has more than 100000 lists and objects\n' });
    expect(webhook.lines[0]).toMatchObject({ outcome: 'bad_request' });
  });

  it('are refused while they come: the rest is not waited for', async () => {
    const webhook = await startWebhook();
    const socket = await openSocket(webhook);
    const answer = readToEnd(socket);
    socket.write(`${head}Content-Length: 7000000\r\n\r\n${'{},'.repeat(110_000)}`);
    expect(await answer).toMatch(/^HTTP\/1\.1 413 /u);
    await goodIsAnswered(webhook);
  });
});

describe('large bodies', () => {
  const large = reviewOfSize(largeBodyBytes + 1);

  it('are read in turns: who waits for too long is answered 503', async () => {
    const webhook = await limited({ waitMs: 300, largeMs: 5000 });
    await halfBodies(webhook, 2, large.length, large.slice(0, 1000));
    const third = await halfBodies(webhook, 1, large.length, large.slice(0, 1000));
    expect(await third.answers[0]).toMatch(
      /^HTTP\/1\.1 503 [^]*retry-after: 1[^]*\r\n\r\ntoo many large reviews\n$/u,
    );
    await goodIsAnswered(webhook);
    expect(webhook.lines[0]).toMatchObject({ outcome: 'busy' });
  });

  it('that do not come in time give their turn to the next', async () => {
    const webhook = await limited({ waitMs: 5000, largeMs: 300 });
    const slow = await halfBodies(webhook, 2, large.length, large.slice(0, 1000));
    expect(responseIn(await post(webhook, '/mutate', large)).patchType).toBe('JSONPatch');
    for (const answer of await Promise.all(slow.answers)) expect(answer).toMatch(/^HTTP\/1\.1 408 /u);
  });

  it('whose client has gone give their turn to the next', async () => {
    const webhook = await limited({ waitMs: 20_000, largeMs: 20_000 });
    for (let count = 0; count < 6; count += 1) {
      const socket = await openSocket(webhook);
      socket.write(`${head}Content-Length: ${large.length}\r\n\r\n${large.slice(0, 1000)}`);
      setTimeout(() => socket.destroy(), 100);
    }
    expect(responseIn(await post(webhook, '/mutate', large)).patchType).toBe('JSONPatch');
  });

  it('in chunks wait for their turn as soon as they are large', async () => {
    const webhook = await limited({ waitMs: 300, largeMs: 5000 });
    await halfBodies(webhook, 2, large.length, large.slice(0, 1000));
    const headers = { 'content-type': 'application/json', 'transfer-encoding': 'chunked' };
    expect(await post(webhook, '/mutate', large, { headers })).toMatchObject({ status: 503 });
    await goodIsAnswered(webhook);
  });

  it('in chunks are answered as others are', async () => {
    const webhook = await startWebhook();
    const headers = { 'content-type': 'application/json', 'transfer-encoding': 'chunked' };
    const answer = await post(webhook, '/mutate', reviewOfSize(1_000_000), { headers });
    expect(responseIn(answer)).toMatchObject({ uid, patchType: 'JSONPatch' });
  });
});
