import { writeFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { TLSSocket } from 'node:tls';
import { beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { createSelfSigned, type SelfSigned } from '../../src/certs/self-signed.ts';
import { connect } from '../../src/kubernetes/client.ts';
import { sendJson, sendStatus, startServer } from './http-server.ts';
import { connectTo, makeTestDir, writeKubeconfig } from './kubeconfig.ts';

let pair: SelfSigned;
beforeAll(async () => {
  pair = await createSelfSigned({ names: ['localhost', '127.0.0.1', '::1'] });
});

const base64 = (value: string) => Buffer.from(value).toString('base64');

/** Answers with what it was asked. */
function echo(request: IncomingMessage, response: Parameters<typeof sendJson>[0]): void {
  void text(request).then((body) => sendJson(response, { ...request.headers, url: request.url, body }));
}

async function failureOf(action: Promise<unknown>): Promise<Error & { code?: string; status?: number }> {
  return action.then(
    () => expect.unreachable('it did not fail'),
    (error: unknown) => error as Error,
  );
}

describe('where the server is', () => {
  it('speaks HTTPS with the CA and the client certificate of the kubeconfig', async () => {
    const tls = { cert: pair.cert, key: pair.key, requestCert: true, rejectUnauthorized: false };
    let peer: unknown;
    const { url: server } = await startServer(
      (request, response) => {
        peer = (request.socket as TLSSocket).getPeerCertificate().subject?.CN;
        sendJson(response, {});
      },
      { tls },
    );
    const client = await connectTo(
      { server, 'certificate-authority-data': base64(pair.ca) },
      { 'client-certificate-data': base64(pair.cert), 'client-key-data': base64(pair.key) },
    );
    await client.request('GET', '/version');
    expect(peer).toBe('outrigger');
  });

  it('refuses a server that the CA has not signed', async () => {
    const { url: server } = await startServer(echo, { tls: pair });
    const other = await createSelfSigned({ names: ['127.0.0.1'] });
    const client = await connectTo({ server, 'certificate-authority-data': base64(other.ca) });
    expect(await failureOf(client.request('GET', '/version'))).toMatchObject({ code: 'unreachable' });
  });

  it('keeps the path of the URL in front of its own', async () => {
    const { url } = await startServer(echo);
    const client = await connectTo({ server: `${url}/k8s/clusters/c-1/` });
    const { body } = await client.request('GET', '/api/v1/pods?limit=1');
    expect(body).toMatchObject({ url: '/k8s/clusters/c-1/api/v1/pods?limit=1' });
  });

  it.each(['http', 'https'])('reaches an IPv6 address over %s', async (protocol) => {
    const { url: server } = await startServer(
      echo,
      protocol === 'https' ? { tls: pair, host: '::1' } : { host: '::1' },
    );
    const client = await connectTo({ server, 'certificate-authority-data': base64(pair.ca) });
    expect((await client.request('GET', '/version')).body).toMatchObject({ host: new URL(server).host });
  });

  it('uses the name that the kubeconfig gives for TLS', async () => {
    const named = await createSelfSigned({ names: ['kubernetes.default.svc'] });
    const { url: server } = await startServer(echo, { tls: named });
    const cluster = { server, 'certificate-authority-data': base64(named.ca) };
    const plain = await connectTo(cluster);
    expect(await failureOf(plain.request('GET', '/'))).toMatchObject({ code: 'unreachable' });
    const client = await connectTo({ ...cluster, 'tls-server-name': 'kubernetes.default.svc' });
    expect((await client.request('GET', '/')).status).toBe(200);
  });
});

describe('credentials', () => {
  it('sends the token over HTTPS', async () => {
    const { url: server } = await startServer(echo, { tls: pair });
    const client = await connectTo(
      { server, 'certificate-authority-data': base64(pair.ca) },
      { token: 'secret-token' },
    );
    expect((await client.request('GET', '/')).body).toMatchObject({ authorization: 'Bearer secret-token' });
  });

  it('sends none over plain HTTP', async () => {
    const { url: server } = await startServer(echo);
    const client = await connectTo({ server }, { token: 'secret-token' });
    expect((await client.request('GET', '/')).body).not.toHaveProperty('authorization');
  });

  it('takes up a token file and a CA file that were written anew', async () => {
    const { url: server } = await startServer(echo, { tls: pair });
    const dir = await makeTestDir();
    const [tokenFile, caFile] = [join(dir, 'token'), join(dir, 'ca.crt')];
    await writeFile(tokenFile, 'first\n');
    await writeFile(caFile, (await createSelfSigned({ names: ['other'] })).ca);
    // The form in which the library itself describes a pod's service account.
    const client = await connectTo(
      { server, 'certificate-authority': caFile },
      { 'auth-provider': { name: 'tokenFile', config: { tokenFile } } },
    );
    expect(await failureOf(client.request('GET', '/'))).toMatchObject({ code: 'unreachable' });
    await writeFile(caFile, pair.ca);
    expect((await client.request('GET', '/')).body).toMatchObject({ authorization: 'Bearer first' });

    await writeFile(tokenFile, 'second\n');
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 61_000 });
    onTestFinished(() => void vi.useRealTimers());
    expect((await client.request('GET', '/')).body).toMatchObject({ authorization: 'Bearer second' });
  });

  it.each([
    ['a plugin that prints something else than JSON', 'echo secret-token'],
    ['a plugin that fails', 'echo it has expired >&2; exit 1'],
  ])('%s: an error without its output', async (_, script) => {
    const exec = { apiVersion: 'client.authentication.k8s.io/v1', command: 'sh', args: ['-c', script] };
    const client = await connectTo({ server: 'https://127.0.0.1:1' }, { exec });
    const error = await failureOf(client.request('GET', '/'));
    expect(error).toMatchObject({ code: 'credentials' });
    expect(`${error.message}${String(error.cause)}`).not.toContain('secret-token');
  });
});

describe('kubeconfig', () => {
  it('quotes the path of one that is missing', async () => {
    const error = await failureOf(connect({ kubeconfig: '/nowhere/config' }));
    expect(error).toMatchObject({
      code: 'configuration',
      message: expect.stringContaining('/nowhere/config'),
    });
  });

  it('names the line of one that is no YAML, without quoting it', async () => {
    const kubeconfig = join(await makeTestDir(), 'config');
    await writeFile(kubeconfig, 'users:\n- user:\n    token: secret-token\n   name: x\n');
    const error = await failureOf(connect({ kubeconfig }));
    expect(error.message).toMatch(/in line \d/u);
    expect(`${error.stack}${String(error.cause)}`).not.toContain('secret-token');
  });

  it.each([
    ['no cluster for its context', { clusters: [], contexts: [] }],
    ['no contexts', {}],
  ])('refuses one with %s', async (_, content) => {
    const kubeconfig = join(await makeTestDir(), 'config');
    await writeFile(kubeconfig, JSON.stringify({ 'current-context': 'x', ...content }));
    expect(await failureOf(connect({ kubeconfig }))).toMatchObject({ code: 'configuration' });
  });

  it('refuses a server that is not a URL', async () => {
    const kubeconfig = await writeKubeconfig({ server: 'not a url' });
    const error = await failureOf(connect({ kubeconfig }));
    expect(error).toMatchObject({ code: 'configuration', message: expect.stringContaining('"not a url"') });
  });
});

describe('request', () => {
  it('sends a body as JSON', async () => {
    const { url: server } = await startServer(echo);
    const client = await connectTo({ server });
    const { body } = await client.request('POST', '/api', { body: { grün: 1 } });
    expect(body).toMatchObject({ body: '{"grün":1}', 'content-type': 'application/json' });
  });

  it('gives text where the answer is not JSON', async () => {
    const { url: server } = await startServer((_, response) => response.end('# HELP x'));
    const client = await connectTo({ server });
    const answer = await client.request('GET', '/metrics');
    expect(answer).toEqual({ status: 200, body: '# HELP x', serverTimeMs: expect.any(Number) as number });
    expect(Math.abs((answer.serverTimeMs ?? 0) - Date.now())).toBeLessThan(60_000);
  });

  it('fails with status and message of the API', async () => {
    const { url: server } = await startServer((_, response) => sendStatus(response, 409, 'it exists'));
    const client = await connectTo({ server });
    expect(await failureOf(client.request('POST', '/api', { body: {} }))).toMatchObject({
      code: 'status',
      status: 409,
      message: 'POST /api answered 409: it exists',
    });
  });

  it.each([
    ['a page of a proxy', 'text/html', '<html>'],
    ['JSON that is cut off', 'application/json', '{"mess'],
  ])('fails with the status alone where the body is %s', async (_, type, body) => {
    const { url: server } = await startServer((_, response) =>
      response.writeHead(502, { 'content-type': type }).end(body),
    );
    const client = await connectTo({ server });
    expect(await failureOf(client.request('GET', '/api'))).toMatchObject({
      status: 502,
      message: 'GET /api answered 502',
    });
  });

  it('says so where a good answer is not JSON', async () => {
    const { url: server } = await startServer((_, response) =>
      response.writeHead(200, { 'content-type': 'application/json' }).end('{'),
    );
    const client = await connectTo({ server });
    expect(await failureOf(client.request('GET', '/api'))).toMatchObject({ code: 'unreadable' });
  });

  it.each([
    ['the header', () => {}],
    ['the body', (response: ServerResponse) => void response.write('x')],
  ])('gives up when %s does not come in time', async (_, begin) => {
    const { url: server } = await startServer((_, response) => begin(response));
    const client = await connectTo({ server });
    expect(await failureOf(client.request('GET', '/api', { timeoutMs: 50 }))).toMatchObject({
      code: 'timeout',
      message: `GET ${server}/api: no answer within 50 ms`,
    });
  });

  it("ends with the caller's signal", async () => {
    const { url: server } = await startServer(() => {});
    const client = await connectTo({ server });
    const stopping = new AbortController();
    const failure = failureOf(client.request('GET', '/api', { signal: stopping.signal }));
    stopping.abort();
    expect(await failure).toMatchObject({ code: 'stopped' });
  });

  it('uses one connection for requests one after the other', async () => {
    const sockets = new Set<unknown>();
    const { url: server } = await startServer((request, response) => {
      sockets.add(request.socket);
      sendJson(response, {});
    });
    const client = await connectTo({ server });
    for (let i = 0; i < 5; i += 1) await client.request('GET', '/api');
    expect(sockets.size).toBe(1);
  });

  it('tries again, once, on a connection that the server closed when it was used again', async () => {
    const perSocket = new Map<unknown, number>();
    const { url: server } = await startServer((request, response) => {
      const count = (perSocket.get(request.socket) ?? 0) + 1;
      perSocket.set(request.socket, count);
      if (count > 1) request.socket.resetAndDestroy();
      else sendJson(response, {});
    });
    const client = await connectTo({ server });
    await client.request('GET', '/api');
    expect((await client.request('GET', '/api')).status).toBe(200);
    expect([...perSocket.values()]).toEqual([2, 1]);
  });

  it('does not try again on a new connection', async () => {
    let requests = 0;
    const { url: server } = await startServer((request) => {
      requests += 1;
      request.socket.resetAndDestroy();
    });
    const client = await connectTo({ server });
    expect(await failureOf(client.request('GET', '/api'))).toMatchObject({ code: 'unreachable' });
    expect(requests).toBe(1);
  });
});

async function collect(stream: AsyncIterable<unknown>, into: unknown[] = []): Promise<unknown[]> {
  for await (const line of stream) into.push(line);
  return into;
}

describe('stream', () => {
  it('yields each line, and leaves out one that was cut off', async () => {
    const { url: server } = await startServer((_, response) => response.end('{"a":1}\n\n{"a":2}\n{"a":'));
    const client = await connectTo({ server });
    expect(await collect(client.stream('/watch'))).toEqual([{ a: 1 }, { a: 2 }]);
  });

  it('yields a line when it arrives, not when the stream ends', async () => {
    const { url: server } = await startServer((_, response) => void response.write('{"a":1}\n'));
    const client = await connectTo({ server });
    for await (const line of client.stream('/watch')) {
      expect(line).toEqual({ a: 1 });
      break;
    }
  });

  it.each([
    ['before the header', () => {}],
    ['after a line', (response: ServerResponse) => void response.write('{"a":1}\n')],
  ])('ends with silence %s', async (_, begin) => {
    const { url: server } = await startServer((_, response) => begin(response));
    const client = await connectTo({ server });
    expect(await failureOf(collect(client.stream('/watch', { idleMs: 50 })))).toMatchObject({
      code: 'timeout',
    });
  });

  it('fails with the status of a refusal', async () => {
    const { url: server } = await startServer((_, response) => sendStatus(response, 410, 'too old'));
    const client = await connectTo({ server });
    expect(await failureOf(collect(client.stream('/watch')))).toMatchObject({ code: 'status', status: 410 });
  });

  it('fails where the connection breaks', async () => {
    const lines: unknown[] = [];
    const server = await startServer((_, response) => void response.write('{"a":1}\n'));
    const client = await connectTo({ server: server.url });
    const failure = failureOf(collect(client.stream('/watch'), lines));
    await vi.waitFor(() => expect(lines).toHaveLength(1));
    server.dropConnections();
    expect(await failure).toMatchObject({ code: 'unreachable' });
  });

  it('closes the connection when the reader has had enough', async () => {
    let isClosed = false;
    const { url: server } = await startServer((_, response) => {
      response.write('{"a":1}\n');
      response.once('close', () => (isClosed = true));
    });
    const client = await connectTo({ server });
    for await (const _ of client.stream('/watch')) break;
    await vi.waitFor(() => expect(isClosed).toBe(true));
  });
});
