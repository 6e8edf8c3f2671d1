import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createMetrics } from '../../src/webhook/metrics.ts';
import { closeOf, readToEnd } from './webhook-server.ts';
import { createOpsServer, opsLimits, type OpsLimits } from '../../src/webhook/ops.ts';

async function startOps(
  notReady: () => string | undefined = () => undefined,
  limits: Partial<OpsLimits> = {},
): Promise<string> {
  const metrics = createMetrics({
    namespaces: () => 0,
    isSynced: () => false,
    certificateNotAfter: () => new Date(0),
    reloadFailures: () => 0,
    bundleRepairs: () => 0,
    droppedEvents: () => 0,
    droppedLines: () => 0,
  });
  const server = createOpsServer(metrics, notReady, { ...opsLimits, ...limits });
  const port = await server.listen('127.0.0.1', 0);
  onTestFinished(() => server.close());
  return `http://127.0.0.1:${port}`;
}

describe('the ops server', () => {
  it('is ready when nothing speaks against it, and says what does', async () => {
    let reason: string | undefined = 'the namespaces are not listed yet';
    const url = await startOps(() => reason);
    const before = await fetch(`${url}/ready`);
    expect([before.status, await before.text()]).toEqual([503, 'the namespaces are not listed yet\n']);
    reason = undefined;
    const after = await fetch(`${url}/ready`);
    expect([after.status, await after.text()]).toEqual([200, 'ready\n']);
  });

  it('lives also while it is not ready', async () => {
    const url = await startOps(() => 'shutting down');
    const answer = await fetch(`${url}/live`);
    expect([answer.status, await answer.text()]).toEqual([200, 'live\n']);
  });

  it('gives the metrics in the format that Prometheus reads', async () => {
    const answer = await fetch(`${await startOps()}/metrics`);
    expect(answer.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/u);
    expect(await answer.text()).toContain('# TYPE outrigger_namespace_cache_size gauge');
  });

  it.each(['/', '/mutate', '/debug/pprof', '/%zz'])('has nothing at %s', async (path) => {
    const answer = await fetch(`${await startOps()}${path}`);
    expect([400, 404]).toContain(answer.status);
  });
});

/** A plain connection on which bytes are written by hand. */
async function openPlain(url: string): Promise<Socket> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  socket.on('error', () => undefined);
  onTestFinished(() => void socket.destroy());
  await once(socket, 'connect');
  return socket;
}

describe('strangers at the ops port', () => {
  it.each<[string, string, RegExp]>([
    ['a body', 'GET /live HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello', /^HTTP\/1\.1 413 /u],
    ['a body in chunks', 'GET /live HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n', /^HTTP\/1\.1 413 /u],
    ['POST', 'POST /live HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello', /^HTTP\/1\.1 405 /u],
    ['garbage', 'garbage\r\n\r\n', /^HTTP\/1\.1 400 /u],
    ['endless headers', `GET /live HTTP/1.1\r\nX: ${'x'.repeat(20_000)}`, /^HTTP\/1\.1 431 /u],
    ['CONNECT', 'CONNECT a:1 HTTP/1.1\r\n\r\n', /^$/u],
    ['an expectation', 'GET /live HTTP/1.1\r\nExpect: miracles\r\n\r\n', /^$/u],
  ])('%s is refused in plain text, and the connection closed', async (_, bytes, answered) => {
    const url = await startOps();
    const socket = await openPlain(url);
    const answer = readToEnd(socket);
    socket.write(bytes);
    expect(await answer).toMatch(answered);
    if (!answered.test('')) expect(await answer).toMatch(/^content-type: text\/plain/imu);
    expect((await fetch(`${url}/live`)).status).toBe(200);
  });

  it('a new connection finds a place, and the one that never asked anything goes', async () => {
    const url = await startOps(undefined, { connections: 5 });
    const asked = await openPlain(url);
    asked.write('GET /live HTTP/1.1\r\n\r\n');
    await once(asked, 'data');
    const idle = await Promise.all(Array.from({ length: 4 }, () => openPlain(url)));
    const closed = idle.map((socket) => closeOf(socket));
    for (let count = 0; count < 4; count += 1) {
      const response = await fetch(`${url}/live`, { headers: { connection: 'close' } });
      expect(response.status).toBe(200);
    }
    await Promise.race(closed);
    asked.write('GET /ready HTTP/1.1\r\n\r\n');
    const [answer] = (await once(asked, 'data')) as [Buffer];
    expect(answer.toString()).toMatch(/^HTTP\/1\.1 200 /u);
  });

  it('many requests at once on a connection close it', async () => {
    const url = await startOps();
    const socket = await openPlain(url);
    const answer = readToEnd(socket);
    socket.write('GET /metrics HTTP/1.1\r\n\r\n'.repeat(100));
    await answer;
    expect((await fetch(`${url}/live`)).status).toBe(200);
  });

  it('a client that does not read is closed', async () => {
    const url = await startOps(undefined, { unsent: { bytes: 4_000_000, ms: 300 } });
    const socket = await openPlain(url);
    socket.pause();
    const isAsking = setInterval(() => {
      if (socket.writable) socket.write('GET /metrics HTTP/1.1\r\n\r\n');
    }, 2);
    onTestFinished(() => clearInterval(isAsking));
    await closeOf(socket);
  });
});
