/** HTTP/2 without TLS: by prior knowledge it stays HTTP/2 to the server, an upgrade to it never happens. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ensureDebianParts } from '../parts/debian.ts';
import { peer } from './network/peer.ts';
import { countAlong, createPlacedMesh, placements, type PlacedMesh } from './network/placements.ts';
import type * as httpServerPeer from './peers/http-server.ts';
import type * as twoPeer from './peers/http-two.ts';
import type { Seen } from './peers/http-two.ts';
import { startServer } from './servers/start-server.ts';

const two = peer<typeof twoPeer>('http-two');
const httpServer = peer<typeof httpServerPeer>('http-server');
const ports = { node: 8080, nghttpd: 8081, http1: 8082 } as const;

let placed: PlacedMesh;
let nghttp: { readonly command: string; readonly env: Readonly<Record<string, string>> };

beforeAll(async () => {
  const declared = Object.values(ports).map((containerPort) => ({ containerPort }));
  placed = await createPlacedMesh({
    server: { containers: [{ name: 'app', image: 'app:1', ports: declared }] },
  });
  const parts = await ensureDebianParts();
  nghttp = { command: await parts.find('nghttp'), env: parts.env };
  const nghttpd = await parts.find('nghttpd');
  for (const host of placed.servers) {
    await host.use(two).startHttp2Server(ports.node);
    await host.use(httpServer).startHttpServer(ports.http1);
    const dir = await host.makeDir('files');
    await writeFile(join(dir, 'page'), 'hello from nghttpd');
    const args = ['--no-tls', '-v', '-d', host.inside(dir), `${ports.nghttpd}`];
    await startServer(host, 'nghttpd', { command: nghttpd, args, env: parts.env }, [ports.nghttpd]);
  }
});
afterAll(() => placed?.mesh.stop());

describe.each(placements)('with a proxy %s', (placement) => {
  /** Each proxy has counted so many requests meanwhile. */
  async function counted<T>(
    count: number,
    labels: Readonly<Record<string, string>>,
    action: () => Promise<T>,
  ): Promise<T> {
    const pair = placed.pair(placement);
    const { result, growth } = await countAlong(pair, ['envoy_outrigger_response_total', labels], action);
    await expect.poll(growth, { timeout: 5000 }).toEqual(pair.proxies.map(() => count));
    return result;
  }

  it('the server sees HTTP/2 and what the client said, and the client its hint and trailer', async () => {
    const { client, server } = placed.pair(placement);
    const headers = {
      ':method': 'PUT',
      ':path': '//a/../b?c=%2f',
      ':authority': 'shop:80',
      te: 'trailers',
      'x-want-hint': '1',
      cookie: 'a=1',
    };
    const [answer] = await counted(1, { port: `${ports.node}`, status: '200' }, () =>
      client.use(two).askHttp2(server.ip, ports.node, [{ headers, body: 'body' }]),
    );
    const seen = JSON.parse(answer?.body ?? '') as Seen;
    expect(seen).toMatchObject({ headers: { ...headers, ':scheme': 'http' }, body: 'body' });
    expect(Object.keys(seen.headers).toSorted()).toEqual([':scheme', ...Object.keys(headers)].toSorted());
    expect(answer).toMatchObject({ status: 200, hints: ['</a>'], trailers: { 'x-sum': '42' } });
  });

  it('streams of a connection share one to the server', async () => {
    const { client, server } = placed.pair(placement);
    const requests = Array.from({ length: 200 }, (_, index) => ({ headers: { ':path': `/${index}` } }));
    const answers = await counted(200, { port: `${ports.node}`, status: '200' }, () =>
      client.use(two).askHttp2(server.ip, ports.node, requests),
    );
    const seen = answers.map(({ body }) => JSON.parse(body) as Seen);
    expect(seen.map(({ headers }) => headers[':path'])).toEqual(requests.map((_, index) => `/${index}`));
    expect(new Set(seen.map(({ session }) => session)).size).toBe(1);
  });

  it('nghttp gets a page from nghttpd', async () => {
    const { client, server } = placed.pair(placement);
    const args = [`http://${server.ip}:${ports.nghttpd}/page`];
    const { stdout } = await counted(1, { port: `${ports.nghttpd}`, status: '200' }, () =>
      client.run({ ...nghttp, args }),
    );
    expect(stdout).toBe('hello from nghttpd');
  });

  it('a client that offers to upgrade to HTTP/2 stays with 1.1', async () => {
    const { client, server } = placed.pair(placement);
    const args = ['--upgrade', '-v', `http://${server.ip}:${ports.http1}/method`];
    const { stdout, stderr } = await counted(1, { port: `${ports.http1}`, status: '200' }, () =>
      client.run({ ...nghttp, args }),
    );
    expect(stdout).toContain('HTTP/1.1 200 OK');
    expect(stderr).toContain('HTTP Upgrade failed');
  });

  it('WebSockets over HTTP/2 are opened, with the first bytes of both sides', async () => {
    const { client, server } = placed.pair(placement);
    // Inside a proxy it is an upgrade as in HTTP/1, hence 101.
    const answer = await counted(1, { port: `${ports.node}`, status: '101' }, () =>
      client.use(two).connectExtended(server.ip, ports.node, 'websocket'),
    );
    expect(answer).toEqual({ status: 200, protocol: 'websocket', text: 'hello first second' });
  });

  it('and other protocols over HTTP/2 are refused', async () => {
    const { client, server, proxies } = placed.pair(placement);
    const { pod, direction } = proxies[0]!;
    const labels = { direction, port: `${ports.node}`, status: '403' };
    const countRefused = () => pod.metric('envoy_outrigger_response_total', labels);
    const before = await countRefused();
    const { status } = await client.use(two).connectExtended(server.ip, ports.node, 'frob');
    expect(status).toBe(403);
    await expect.poll(countRefused, { timeout: 5000 }).toBe(before + 1);
  });
});
