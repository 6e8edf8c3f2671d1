/** Messages between a real HTTP/1 client and server: long, late, in parts. */
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lines } from './http-exchange.ts';
import { peer } from './network/peer.ts';
import { countAlong, createPlacedMesh, placements, type PlacedMesh } from './network/placements.ts';
import type * as clientPeer from './peers/http-client.ts';
import type * as rawPeer from './peers/http-raw.ts';
import type * as serverPeer from './peers/http-server.ts';

const clientOf = peer<typeof clientPeer>('http-client');
const raw = peer<typeof rawPeer>('http-raw');
const serverOf = peer<typeof serverPeer>('http-server');

let placed: PlacedMesh;

beforeAll(async () => {
  placed = await createPlacedMesh({
    server: { containers: [{ name: 'app', image: 'app:1', ports: [{ containerPort: 8080 }] }] },
  });
  for (const server of placed.servers) await server.use(serverOf).startHttpServer(8080);
});
afterAll(() => placed?.mesh.stop());

describe.each(placements)('with a proxy %s', (placement) => {
  const http = () => placed.pair(placement).client.use(clientOf);
  const url = (path: string): string => `http://${placed.pair(placement).server.ip}:8080${path}`;

  /** Each proxy has counted so many requests meanwhile. */
  async function counted<T>(count: number, action: () => Promise<T>, status = 200): Promise<T> {
    const pair = placed.pair(placement);
    const counter = ['envoy_outrigger_response_total', { port: '8080', status: `${status}` }] as const;
    const { result, growth } = await countAlong(pair, counter, action);
    await expect.poll(growth, { timeout: 5000 }).toEqual(pair.proxies.map(() => count));
    return result;
  }

  it('HTTP/1.0 without a host is answered in 1.0, without chunks, and closed', async () => {
    const { client, server } = placed.pair(placement);
    const request = lines('GET /stream HTTP/1.0', '', '');
    // Resolves at the end of the connection, as nothing else says where the body ends.
    const response = await counted(1, () => client.use(raw).exchange(server.ip, 8080, request));
    expect(response).toMatch(/^HTTP\/1\.0 200 OK\r\n[^]*\r\n\r\nonetwothree$/u);
    expect(response).not.toMatch(/transfer-encoding/iu);
    expect(response).toMatch(/\r\nConnection: close\r\n/u);
  });

  it('requests of a client that does not wait are answered in order, whatever their methods', async () => {
    const { client, server } = placed.pair(placement);
    const request = [
      lines('GET /method HTTP/1.1', 'Host: shop', '', ''),
      lines('PUT /method HTTP/1.1', 'Host: shop', 'Content-Length: 5', '', '12345'),
      lines('M-SEARCH /mark HTTP/1.1', 'Host: shop', '', ''),
    ];
    const response = await counted(3, () => client.use(raw).exchange(server.ip, 8080, request.join('')));
    expect(response).toMatch(/\r\n\r\nGETHTTP[^]*\r\n\r\nPUTHTTP[^]*\r\n\r\nM-SEARCH <end>$/u);
  });

  it('a hint arrives before the response', async () => {
    const { body, before } = await counted(1, () => http().ask(url('/hint')));
    expect(before).toEqual([{ status: 103, link: '</style.css>; rel=preload' }]);
    expect(body).toBe('after the hint');
  });

  it('trailers pass in both directions', async () => {
    const asked = { method: 'POST', headers: { trailer: 'x-own' }, body: 'a', trailers: { 'x-own': 'b' } };
    const { body, trailers } = await counted(1, () => http().ask(url('/trailers'), asked));
    expect(JSON.parse(body)).toEqual({ 'x-own': 'b' });
    expect(trailers).toEqual({ 'x-sum': '42' });
  });

  it('a client that waits for 100 is told by the server to go on', async () => {
    const asked = { method: 'POST', headers: { expect: '100-continue', 'content-length': '3' }, body: 'abc' };
    const { body, before } = await counted(1, () => http().ask(url('/upload'), asked));
    expect(before).toEqual([{ status: 100 }]);
    expect(JSON.parse(body)).toMatchObject({ bytes: 3 });
  });

  it('or it is refused, and keeps its body', async () => {
    const headers = { expect: '100-continue', 'content-length': '3', 'x-refuse': 'yes' };
    const asked = { method: 'POST', headers, body: 'abc' };
    const { status, before } = await counted(1, () => http().ask(url('/upload'), asked), 413);
    expect({ status, before }).toEqual({ status: 413, before: [] });
  });

  it.each([
    ['a header of 900 KB', 1, 900_000],
    ['1,500 headers', 1500, 20],
  ])('%s passes in both directions', async (_, count, length) => {
    const { there, back } = await counted(1, () => http().askWithHeaders(url('/headers'), count, length));
    expect(JSON.parse(there)).toEqual({ count, characters: count * length });
    expect(back).toEqual({ count, characters: count * length });
  });

  it.each(['HEAD', 'OPTIONS', 'PATCH', 'DELETE', 'TRACE', 'PURGE', 'REPORT', 'MKCOL', 'PROPFIND', 'SEARCH'])(
    'the method %s passes',
    async (method) => {
      const { status, body } = await counted(1, () => http().ask(url('/method'), { method }));
      expect({ status, body }).toEqual({ status: 200, body: method === 'HEAD' ? '' : method });
    },
  );

  it.each(['upload', 'download'] as const)(
    'a body of 200 MB passes whole and through little memory: %s',
    async (direction) => {
      const { proxies } = placed.pair(placement);
      const before = await Promise.all(proxies.map(({ pod }) => readPeakKib(pod.envoy.pid)));
      const { got, expected } = await counted(1, () => http()[direction](url(`/${direction}`), 200));
      const after = await Promise.all(proxies.map(({ pod }) => readPeakKib(pod.envoy.pid)));
      expect(got).toEqual(expected);
      expect(got.bytes).toBe(200 * 2 ** 20);
      for (const [index, peak] of after.entries()) expect(peak - before[index]!).toBeLessThan(50 * 2 ** 10);
    },
  );
});

/** The most memory that the process has ever had. */
async function readPeakKib(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmHWM:\s+(\d+) kB$/mu.exec(status)?.[1]);
}
