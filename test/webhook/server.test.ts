import { once } from 'node:events';
import { Agent } from 'node:https';
import { connect } from 'node:tls';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createSelfSigned } from '../../src/certs/self-signed.ts';
import type { Namespace } from '../../src/kubernetes.types.ts';
import { maxBodyBytes } from '../../src/webhook/bodies/body-reader.ts';
import { pollUntil } from '../e2e/poll-until.ts';
import { contextOf, namespaceOf, podOf } from '../inject/fixtures.ts';
import { podReview, responseIn, uid } from './reviews.ts';
import { openSocket, post, readToEnd, send, startWebhook, type Sending } from './webhook-server.ts';

const json = { 'content-type': 'application/json' };
const good = JSON.stringify(podReview());

describe('what is no review is refused before it is read', () => {
  it.each<[string, string, Sending, number, string, Record<string, string>]>([
    [
      'an unknown path',
      '/mutate2',
      { body: good, headers: json },
      404,
      'no such path; there are /mutate, /mutate/labelled, /advise',
      {},
    ],
    ['the root', '/', { body: good, headers: json }, 404, 'no such path', {}],
    ['a path with a slash too many', '/mutate/', { body: good, headers: json }, 404, 'no such path', {}],
    ['a path that cannot be decoded', '/mutate/%zz', { body: good, headers: json }, 404, 'no such path', {}],
    ['GET', '/mutate', { method: 'GET', headers: {} }, 405, 'the method is not POST', { allow: 'POST' }],
    ['HEAD', '/mutate', { method: 'HEAD', headers: {} }, 405, '', { allow: 'POST' }],
    [
      'PUT',
      '/advise',
      { method: 'PUT', headers: json, body: good },
      405,
      'the method is not POST',
      { allow: 'POST' },
    ],
    [
      'DELETE with a query',
      '/mutate/labelled?timeout=2s',
      { method: 'DELETE', headers: {} },
      405,
      'the method is not POST',
      { allow: 'POST' },
    ],
    [
      'YAML',
      '/mutate',
      { headers: { 'content-type': 'application/yaml' }, body: good },
      415,
      'the content type is not application/json',
      {},
    ],
    ['a form', '/mutate', { headers: { 'content-type': 'text/plain' }, body: good }, 415, 'content type', {}],
    [
      'a content type that only begins well',
      '/mutate',
      { headers: { 'content-type': 'application/jsonp' }, body: good },
      415,
      'content type',
      {},
    ],
    ['no content type', '/mutate', { headers: {}, body: good }, 415, 'content type', {}],
    [
      'a body over the limit',
      '/mutate',
      { headers: json, body: ' '.repeat(maxBodyBytes + 1) },
      413,
      'the body is larger than 7340032 bytes',
      { connection: 'close' },
    ],
    ['no body', '/mutate', { headers: json }, 400, '', {}],
    ['an empty JSON text', '/mutate', { headers: json, body: ' ' }, 400, 'the body is not an object', {}],
    [
      'truncated JSON',
      '/mutate',
      { headers: json, body: good.slice(0, -1) },
      400,
      'the body is not an object',
      {},
    ],
  ])('%s', async (_, path, sending, status, text, headers) => {
    const webhook = await startWebhook();
    const answer = await send(webhook, path, sending);
    expect(answer).toMatchObject({ status, headers });
    expect(answer.text).toContain(text);
    expect(answer.headers['content-type']).toMatch(/^text\/plain/u);
    expect(webhook.lines.map(({ outcome, uid: logged }) => [outcome, logged])).toEqual([['bad_request', '']]);
    expect(webhook.errors).toEqual([]);
  });

  it.each(['charset=utf-8', 'charset=UTF-8'])('but JSON with %s is one', async (parameter) => {
    const webhook = await startWebhook();
    const headers = { 'content-type': `application/json; ${parameter}` };
    expect(responseIn(await send(webhook, '/mutate?timeout=10s', { headers, body: good }))).toMatchObject({
      uid,
      allowed: true,
    });
    expect(webhook.lines[0]?.path).toBe('/mutate');
  });

  it('but a body of exactly the limit is read', async () => {
    const webhook = await startWebhook();
    const answer = await post(webhook, '/mutate', good.padEnd(maxBodyBytes));
    expect(responseIn(answer).allowed).toBe(true);
  });
});

describe('more reviews than may be in flight', () => {
  it('are answered 503 with Retry-After, and taken again when one is done', async () => {
    const waiting = Promise.withResolvers<Namespace | undefined>();
    const webhook = await startWebhook({ cached: [], fetch: () => waiting.promise, maxInFlight: 2 });
    const held = [post(webhook, '/mutate', good), post(webhook, '/mutate', good)];
    await pollUntil(() => webhook.fetched.length === 2, { timeoutMs: 10_000, what: 'two reviews in flight' });

    const answer = await post(webhook, '/mutate', good);
    expect(answer).toMatchObject({ status: 503, text: 'too many reviews in flight\n' });
    expect(answer.headers['retry-after']).toBe('1');
    expect(webhook.lines.map(({ outcome }) => outcome)).toEqual(['busy']);

    waiting.resolve(namespaceOf());
    for (const late of await Promise.all(held)) expect(responseIn(late).patchType).toBe('JSONPatch');
    expect((await post(webhook, '/mutate', good)).status).toBe(200);
  });

  it('count no longer once their client has gone away', async () => {
    const waiting = Promise.withResolvers<Namespace | undefined>();
    const webhook = await startWebhook({ fetch: () => waiting.promise, maxInFlight: 2 });
    const sockets = await Promise.all([openSocket(webhook), openSocket(webhook)]);
    for (const socket of sockets)
      socket.write(requestText(JSON.stringify(podReview(podOf(), { namespace: 'other' }))));
    await pollUntil(() => webhook.fetched.length === 2, { timeoutMs: 10_000, what: 'two reviews in flight' });
    expect((await post(webhook, '/mutate', good)).status).toBe(503);
    for (const socket of sockets) socket.destroy();
    await pollUntil(async () => (await post(webhook, '/mutate', good)).status === 200, {
      timeoutMs: 10_000,
      what: 'a review to be taken again',
    });
    waiting.resolve(undefined);
  });

  it('count no longer when pipelined requests are abandoned, the unanswered ones included', async () => {
    const waiting = Promise.withResolvers<Namespace | undefined>();
    const webhook = await startWebhook({ fetch: () => waiting.promise, maxInFlight: 3 });
    const socket = await openSocket(webhook);
    const other = requestText(JSON.stringify(podReview(podOf(), { namespace: 'other' })));
    socket.write(other + other + other);
    await pollUntil(() => webhook.fetched.length === 3, { timeoutMs: 10_000, what: 'three reviews' });
    socket.destroy();
    waiting.resolve(undefined);
    await pollUntil(
      async () => {
        const together = [1, 2, 3].map(() => post(webhook, '/mutate', good));
        return (await Promise.all(together)).every(({ status }) => status === 200);
      },
      { timeoutMs: 10_000, what: 'all three places to be free again' },
    );
  });
});

function requestText(body: string, headers = ''): string {
  const length = Buffer.byteLength(body);
  return `POST /mutate HTTP/1.1\r\nHost: webhook\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\n${headers}\r\n${body}`;
}

/** Nothing has failed inside, no place is taken, and a good review is answered. */
async function stillGood(webhook: Awaited<ReturnType<typeof startWebhook>>): Promise<void> {
  expect(webhook.errors).toEqual([]);
  const answer = await pollUntil(
    async () => {
      const tried = await post(webhook, '/mutate', good);
      return tried.status !== 503 && tried;
    },
    { timeoutMs: 10_000, what: 'the counter to be back at 0' },
  );
  expect(responseIn(answer)).toMatchObject({ uid, allowed: true, patchType: 'JSONPatch' });
}

describe('connections that misbehave', () => {
  const head = 'POST /mutate HTTP/1.1\r\nHost: webhook\r\nContent-Type: application/json\r\n';
  it.each<[string, string, RegExp]>([
    ['garbage', '\u0000\u0001garbage\r\n\r\n', /^HTTP\/1\.1 400 /u],
    ['a verb that HTTP does not know', 'BREW /mutate HTTP/1.1\r\nHost: x\r\n\r\n', /^HTTP\/1\.1 400 /u],
    ['a body shorter than announced', `${head}Content-Length: 100\r\n\r\n{}`, /^HTTP\/1\.1 400 /u],
    ['a negative length', `${head}Content-Length: -1\r\n\r\n{}`, /^HTTP\/1\.1 400 /u],
    ['a length that is no number', `${head}Content-Length: 1e3\r\n\r\n{}`, /^HTTP\/1\.1 400 /u],
    ['two lengths', `${head}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}`, /^HTTP\/1\.1 400 /u],
    [
      'length and chunks at once',
      `${head}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
      /^HTTP\/1\.1 400 /u,
    ],
    ['a broken chunk', `${head}Transfer-Encoding: chunked\r\n\r\nzz\r\n`, /^HTTP\/1\.1 400 /u],
    ['a chunked upload that stops', `${head}Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n`, /400 |^$/u],
    ['headers without end', `${head}X-Long: ${'x'.repeat(20_000)}`, /^HTTP\/1\.1 431 /u],
    [
      'an announced length over the limit',
      `${head}Content-Length: 99999999999\r\n\r\n`,
      /^HTTP\/1\.1 413 .*Connection: close/isu,
    ],
    ['CONNECT', 'CONNECT other:443 HTTP/1.1\r\nHost: other\r\n\r\n', /^HTTP\/1\.1 405 /u],
    ['no Host', 'POST /mutate HTTP/1.1\r\nConnection: close\r\n\r\n', /^HTTP\/1\.1 400 /u],
    [
      'an expectation that nobody meets',
      `${head}Expect: miracles\r\nConnection: close\r\n\r\n`,
      /^HTTP\/1\.1 417 /u,
    ],
  ])('%s', async (_, bytes, answered) => {
    const webhook = await startWebhook({ maxInFlight: 1 });
    const socket = await openSocket(webhook);
    const received = readToEnd(socket);
    socket.end(bytes, 'latin1');
    const answer = await received;
    expect(answer).toMatch(answered);
    if (answer !== '') expect(answer).toMatch(/^content-type: text\/plain$[^]*\r\n\r\n[\w ,;/-]{5,80}\n$/imu);
    await stillGood(webhook);
    const [line] = webhook.lines;
    expect(webhook.lines).toHaveLength(2);
    expect(line).toMatchObject({ outcome: 'bad_request', uid: '', why: [] });
  });

  it('an upload in chunks is read like any other', async () => {
    const webhook = await startWebhook({ maxInFlight: 1 });
    const socket = await openSocket(webhook);
    const received = readToEnd(socket);
    socket.write(`${head}Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n`);
    for (const piece of good.match(/.{1,100}/gsu) ?? [])
      socket.write(`${piece.length.toString(16)}\r\n${piece}\r\n`);
    socket.write('0\r\n\r\n');
    expect(await received).toContain(`"uid":"${uid}","allowed":true,"patchType":"JSONPatch"`);
    await stillGood(webhook);
  });

  it('a chunked body over the limit is refused while it comes', async () => {
    const webhook = await startWebhook({ maxInFlight: 1 });
    const socket = await openSocket(webhook);
    const received = readToEnd(socket);
    socket.write(`${head}Transfer-Encoding: chunked\r\n\r\n`);
    const piece = ' '.repeat(1024 * 1024);
    for (let sent = 0; sent < 8 && socket.writable; sent += 1) socket.write(`100000\r\n${piece}\r\n`);
    expect(await received).toMatch(/^HTTP\/1\.1 413 /u);
    await stillGood(webhook);
  });

  it('reviews that are pipelined get their answers in order', async () => {
    const webhook = await startWebhook({
      cached: [],
      fetch: (name) => Promise.resolve({ ...namespaceOf(), name }),
    });
    const socket = await openSocket(webhook);
    const received = readToEnd(socket);
    const uids = ['first', 'second', 'third'];
    for (const [index, each] of uids.entries())
      socket.write(
        requestText(
          JSON.stringify(podReview(podOf(), { uid: each })),
          index === 2 ? 'Connection: close\r\n' : '',
        ),
      );
    const answered = [...(await received).matchAll(/"uid":"(\w+)"/gu)].map(([, each]) => each);
    expect(answered).toEqual(uids);
  });

  it('an upload that is aborted frees its place', async () => {
    const webhook = await startWebhook({ maxInFlight: 1 });
    for (let count = 0; count < 20; count += 1) {
      const socket = await openSocket(webhook);
      socket.write(`${head}Content-Length: 1000\r\n\r\n{"kind":`);
      socket.destroy();
    }
    await stillGood(webhook);
  });

  it('a client that hangs up in the middle of its upload took no place, and has a line', async () => {
    const webhook = await startWebhook({ maxInFlight: 1 });
    const socket = await openSocket(webhook);
    socket.write(`${head}Content-Length: ${good.length}\r\n\r\n${good.slice(0, 50)}`);
    for (let count = 0; count < 5; count += 1)
      expect((await post(webhook, '/mutate', good)).status).toBe(200);
    socket.destroy();
    await pollUntil(() => webhook.lines.some(({ outcome }) => outcome === 'bad_request'), {
      timeoutMs: 10_000,
      what: 'the line of the upload',
    });
    await stillGood(webhook);
  });

  it('plain HTTP is hung up on', async () => {
    const webhook = await startWebhook({ maxInFlight: 1 });
    await expect(fetch(`http://127.0.0.1:${webhook.port}/mutate`, { method: 'POST' })).rejects.toThrow(
      /fetch failed/u,
    );
    await stillGood(webhook);
  });

  it.each(['TLSv1.1', 'TLSv1'] as const)('%s is refused in the handshake', async (version) => {
    const webhook = await startWebhook();
    const options = { minVersion: version, maxVersion: version, ciphers: 'ALL:@SECLEVEL=0' } as const;
    const socket = connect({ host: '127.0.0.1', port: webhook.port, ca: webhook.ca, ...options });
    await expect(once(socket, 'secureConnect')).rejects.toThrow(/alert|protocol|reset/iu);
    await stillGood(webhook);
  });
});

describe('a server that ends', () => {
  it('finishes the reviews in flight', async () => {
    const waiting = Promise.withResolvers<Namespace | undefined>();
    const webhook = await startWebhook({ cached: [], fetch: () => waiting.promise });
    const review = post(webhook, '/mutate', good);
    await pollUntil(() => webhook.fetched.length === 1, { timeoutMs: 10_000, what: 'the review' });
    const closed = webhook.server.close();
    waiting.resolve(namespaceOf());
    expect(responseIn(await review).patchType).toBe('JSONPatch');
    await closed;
  });

  it('does not wait for connections on which nothing was ever sent, or no handshake made', async () => {
    const webhook = await startWebhook();
    const secure = await openSocket(webhook);
    const { connect: connectPlain } = await import('node:net');
    const plain = connectPlain(webhook.port, '127.0.0.1');
    plain.on('error', () => undefined);
    onTestFinished(() => void plain.destroy());
    await once(plain, 'connect');
    await post(webhook, '/mutate', good);
    const ended = Promise.all([once(secure, 'close'), once(plain, 'close')]);
    await webhook.server.close();
    await ended;
  });

  it('closes the connection after each answer once it drains, and still answers', async () => {
    const webhook = await startWebhook();
    const agent = new Agent({ keepAlive: true });
    onTestFinished(() => agent.destroy());
    expect((await post(webhook, '/mutate', good, { agent })).headers.connection).toBe('keep-alive');
    webhook.server.drain();
    const last = await post(webhook, '/mutate', good, { agent });
    expect(last.headers.connection).toBe('close');
    expect(responseIn(last).patchType).toBe('JSONPatch');
  });
});

it('a new certificate is served to new connections', async () => {
  const webhook = await startWebhook();
  const { ca, cert, key } = await createSelfSigned({ names: ['127.0.0.1'] });
  webhook.server.setCertificate({ cert, key });
  expect((await post({ port: webhook.port, ca }, '/mutate', good)).status).toBe(200);
  await expect(post(webhook, '/mutate', good)).rejects.toThrow(/certificate|signature|verify/u);
});

describe('what goes wrong inside', () => {
  it('an exception in the engine is a 500 without a word of it, and the next review is answered', async () => {
    let isBroken = true;
    const webhook = await startWebhook({
      context: () => {
        if (isBroken) throw new TypeError('secret detail');
        return contextOf();
      },
    });
    for (const path of ['/mutate', '/mutate/labelled', '/advise']) {
      const review = path === '/advise' ? namespaceWithLabel : podReview();
      expect(await post(webhook, path, review)).toMatchObject({ status: 500, text: 'internal error\n' });
    }
    expect(webhook.lines.map(({ outcome }) => outcome)).toEqual(['error', 'error', 'error']);
    expect(webhook.errors.map(({ message }) => message)).toEqual(Array(3).fill('a review failed'));
    isBroken = false;
    expect(responseIn(await post(webhook, '/mutate', good)).patchType).toBe('JSONPatch');
  });
});

const namespaceWithLabel = {
  ...podReview(),
  request: {
    ...podReview().request,
    resource: { group: '', version: 'v1', resource: 'namespaces' },
    name: 'shop',
    object: { metadata: { labels: { 'linkerd.io/inject': 'enabled' } } },
  },
};
