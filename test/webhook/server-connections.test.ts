/** Connections of strangers: too many, idle, unread, pipelined. */
import { once } from 'node:events';
import { connect as connectPlain, type Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { describe, expect, it, onTestFinished } from 'vitest';
import { pollUntil } from '../e2e/poll-until.ts';
import type { Namespace } from '../../src/kubernetes.types.ts';
import { namespaceOf, podOf } from '../inject/fixtures.ts';
import { podReview, responseIn, uid } from './reviews.ts';
import { closeOf, openSocket, post, readToEnd, startWebhook, type TestWebhook } from './webhook-server.ts';

const good = JSON.stringify(podReview());

const requestText = (body: string): string =>
  `POST /mutate HTTP/1.1\r\nHost: webhook\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;

/** On one connection, which stays. */
async function ask(socket: TLSSocket): Promise<string> {
  socket.write(requestText(good));
  const [chunk] = (await once(socket, 'data')) as [Buffer];
  return chunk.toString('latin1');
}

async function openPlain({ port }: TestWebhook): Promise<Socket> {
  const socket = connectPlain(port, '127.0.0.1');
  socket.on('error', () => undefined);
  onTestFinished(() => void socket.destroy());
  await once(socket, 'connect');
  return socket;
}

const open = (sockets: readonly Socket[]): number => sockets.filter(({ closed }) => !closed).length;

describe('too many connections', () => {
  it.each<[string, (webhook: TestWebhook) => Promise<Socket>]>([
    ['without a handshake', openPlain],
    ['with one', openSocket],
  ])('%s close each other; one that asks stays, and a new one is answered', async (_, openOne) => {
    const webhook = await startWebhook({ limits: { connections: 10 } });
    const asking = await openSocket(webhook);
    expect(await ask(asking)).toMatch(/^HTTP\/1\.1 200 /u);
    const strangers: Socket[] = [];
    for (let count = 0; count < 30; count += 1) {
      const stranger = await openOne(webhook);
      stranger.resume();
      strangers.push(stranger);
    }
    await pollUntil(() => open(strangers) <= 9, { timeoutMs: 10_000, what: 'the idlest to be closed' });
    expect(open(strangers)).toBe(9);
    expect(open(strangers.slice(-9))).toBe(9);
    expect((await post(webhook, '/mutate', good)).status).toBe(200);
    expect(await ask(asking)).toMatch(/^HTTP\/1\.1 200 /u);
  });

  it('that have all been used: the one goes that has been idle for the longest', async () => {
    const webhook = await startWebhook({ limits: { connections: 3 } });
    const [first, second, third] = [
      await openSocket(webhook),
      await openSocket(webhook),
      await openSocket(webhook),
    ];
    for (const socket of [first, second, third, first]) await ask(socket);
    const closed = closeOf(second);
    expect((await post(webhook, '/mutate', good)).status).toBe(200);
    await closed;
    for (const socket of [first, third]) expect(await ask(socket)).toMatch(/^HTTP\/1\.1 200 /u);
  });

  it('do not close one whose review is being answered', async () => {
    const waiting = Promise.withResolvers<Namespace | undefined>();
    const webhook = await startWebhook({
      cached: [],
      fetch: () => waiting.promise,
      limits: { connections: 2 },
    });
    const answer = post(webhook, '/mutate', good);
    await pollUntil(() => webhook.fetched.length === 1, { timeoutMs: 10_000, what: 'the review' });
    for (let count = 0; count < 10; count += 1) await openSocket(webhook);
    waiting.resolve(namespaceOf());
    expect(responseIn(await answer)).toMatchObject({ uid, patchType: 'JSONPatch' });
  });
});

/** Each answer holds some 20 kB. */
async function neverRead(webhook: TestWebhook, requests: number): Promise<TLSSocket> {
  const socket = await openSocket(webhook);
  socket.pause();
  for (let count = 0; count < requests && !socket.destroyed; count += 1) {
    const before = webhook.lines.length;
    socket.write(requestText(good));
    await pollUntil(() => webhook.lines.length > before || socket.destroyed, {
      timeoutMs: 1000,
      what: 'the review',
      intervalMs: 1,
    }).catch(() => undefined);
    if (webhook.lines.length === before) break; // the server does not read on
  }
  return socket;
}

describe('answers that nobody reads', () => {
  it('are closed after their time', { timeout: 60_000 }, async () => {
    const webhook = await startWebhook({ limits: { unsent: { bytes: 100_000_000, ms: 500 } } });
    const socket = await neverRead(webhook, 2000);
    if (!socket.destroyed) {
      socket.resume();
      await closeOf(socket);
    }
    expect(responseIn(await post(webhook, '/mutate', good)).uid).toBe(uid);
  });

  it('are closed, the oldest first, beyond their budget', { timeout: 60_000 }, async () => {
    const webhook = await startWebhook({ limits: { unsent: { bytes: 30_000, ms: 60_000 } } });
    const socket = await neverRead(webhook, 2000);
    if (!socket.destroyed) await neverRead(webhook, 2000);
    socket.resume();
    await closeOf(socket);
    expect(responseIn(await post(webhook, '/mutate', good)).uid).toBe(uid);
  });
});

describe('many requests at once on one connection', () => {
  it('close it, and take nobody’s place', async () => {
    const webhook = await startWebhook({ maxInFlight: 1 });
    const socket = await openSocket(webhook);
    const received = readToEnd(socket);
    socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(2000));
    await received;
    expect(responseIn(await post(webhook, '/mutate', good)).uid).toBe(uid);
    expect(webhook.errors).toEqual([]);
  });
});

it('a request behind which no HTTP comes is not answered with the answer to that', async () => {
  const waiting = Promise.withResolvers<Namespace | undefined>();
  const webhook = await startWebhook({ cached: [], fetch: () => waiting.promise });
  const socket = await openSocket(webhook);
  const received = readToEnd(socket);
  socket.write(`${requestText(JSON.stringify(podReview(podOf())))}garbage\r\n\r\n`);
  expect(await received).toBe('');
  waiting.resolve(undefined);
});
