/** What a client sees of a server that is down, through one proxy or two. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { peer } from './network/peer.ts';
import { countAlong, createPlacedMesh, placements, type PlacedMesh } from './network/placements.ts';
import type * as greetingPeer from './peers/greeting.ts';
import type * as clientPeer from './peers/http-client.ts';
import type * as serverPeer from './peers/http-server.ts';
import type * as twoPeer from './peers/http-two.ts';

const greeting = peer<typeof greetingPeer>('greeting');
const http = peer<typeof clientPeer>('http-client');
const httpServer = peer<typeof serverPeer>('http-server');
const two = peer<typeof twoPeer>('http-two');

/** Nothing listens on the first two. */
const ports = { http: 8080, opaque: 6379, up: 8081 } as const;

let placed: PlacedMesh;

beforeAll(async () => {
  const declared = Object.values(ports).map((containerPort) => ({ containerPort }));
  placed = await createPlacedMesh({
    server: { containers: [{ name: 'app', image: 'app:1', ports: declared }] },
  });
  for (const server of placed.servers) await server.use(httpServer).startHttpServer(ports.up);
});
afterAll(() => placed?.mesh.stop());

describe.each(placements)('with a proxy %s', (placement) => {
  /** The flags say why; only the proxy that is next to the server knows. */
  async function failed<T>(
    name: 'response_total' | 'tcp_close_total',
    labels: Readonly<Record<string, string>>,
    flags: string,
    action: () => Promise<T>,
  ): Promise<T> {
    const pair = placed.pair(placement);
    const last = { ...pair, proxies: pair.proxies.slice(-1) };
    const counter = `envoy_outrigger_${name}`;
    const { result: counted, growth: growthOfLast } = await countAlong(
      last,
      [counter, { ...labels, flags }],
      () => countAlong(pair, [counter, labels], action),
    );
    await expect.poll(growthOfLast, { timeout: 5000 }).toEqual([1]);
    await expect.poll(counted.growth, { timeout: 5000 }).toEqual(pair.proxies.map(() => 1));
    return counted.result;
  }

  it('a connection to a port without a server is accepted, and closed at once', async () => {
    const { client, server } = placed.pair(placement);
    const { text, ms } = await failed('tcp_close_total', { port: `${ports.opaque}` }, 'UF,URX', () =>
      client.use(greeting).readGreeting(server.ip, ports.opaque),
    );
    expect(text).toBe('');
    expect(ms).toBeLessThan(2000);
  });

  it('a request to a port without a server is answered 503', async () => {
    const { client, server } = placed.pair(placement);
    const labels = { port: `${ports.http}`, status: '503' };
    const { status, body } = await failed('response_total', labels, 'UF', () =>
      client.use(http).ask(`http://${server.ip}:${ports.http}/`),
    );
    expect(status).toBe(503);
    expect(body).toContain('upstream connect error');
  });

  it('a gRPC call to a port without a server ends with status 14, unavailable', async () => {
    const { client, server } = placed.pair(placement);
    const headers = {
      ':method': 'POST',
      ':path': '/a.B/C',
      'content-type': 'application/grpc',
      te: 'trailers',
    };
    const labels = { port: `${ports.http}`, grpc_status: '14' };
    const [answer] = await failed('response_total', labels, 'UF', () =>
      client.use(two).askHttp2(server.ip, ports.http, [{ headers, body: '\0\0\0\0\0' }]),
    );
    expect(answer?.status).toBe(200);
    expect(answer?.headers['grpc-status'] ?? answer?.trailers['grpc-status']).toBe('14');
  });

  it('a server that breaks the connection instead of a response becomes 503', async () => {
    const { client, server } = placed.pair(placement);
    const labels = { port: `${ports.up}`, status: '503' };
    const { status } = await failed('response_total', labels, 'UC', () =>
      client.use(http).ask(`http://${server.ip}:${ports.up}/drop`),
    );
    expect(status).toBe(503);
  });

  it('a response that breaks off is not taken for a whole one', async () => {
    const { client, server } = placed.pair(placement);
    const labels = { port: `${ports.up}`, status: '200' };
    const asked = await failed('response_total', labels, 'UPE', () =>
      client
        .use(http)
        .ask(`http://${server.ip}:${ports.up}/cut`)
        .catch((error: Error) => error.message),
    );
    expect(asked).toContain('aborted');
  });
});
