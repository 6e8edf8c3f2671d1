/** Connections whose client ends its side: at once, or while it waits for the rest. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { peer } from './network/peer.ts';
import {
  countAlong,
  createPlacedMesh,
  placements,
  type Pair,
  type PlacedMesh,
} from './network/placements.ts';
import type * as httpServerPeer from './peers/http-server.ts';
import type * as echoPeer from './peers/tcp-echo.ts';

const echo = peer<typeof echoPeer>('tcp-echo');
const httpServer = peer<typeof httpServerPeer>('http-server');
const ports = { syslog: 514, graphite: 2003, detected: 9000, http: 8080 } as const;
const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0);

let placed: PlacedMesh;

beforeAll(async () => {
  const declared = Object.values(ports).map((containerPort) => ({ containerPort }));
  placed = await createPlacedMesh({
    server: { containers: [{ name: 'app', image: 'app:1', ports: declared }] },
  });
  for (const server of placed.servers) {
    for (const port of [ports.syslog, ports.graphite, ports.detected])
      await server.use(echo).startEchoServer(port);
    await server.use(httpServer).startHttpServer(ports.http);
  }
});
afterAll(() => placed?.mesh.stop());

/** Connections that ended before the proxies knew what they were. */
async function countCutOff({ proxies }: Pair): Promise<number> {
  const counts = proxies.map(({ pod, direction }) =>
    pod.metric('envoy_listener_downstream_listener_filter_remote_close', {
      envoy_listener_address: direction === 'outbound' ? '127.0.0.1_4140' : '0.0.0.0_4143',
    }),
  );
  return sum(await Promise.all(counts));
}

describe.each(placements)('with a proxy %s', (placement) => {
  const messages = Array.from({ length: 200 }, (_, index) => `message ${index}`);

  it.each([ports.syslog, ports.graphite])(
    'nothing is lost of 200 messages without a farewell to the opaque port %i',
    async (port) => {
      const pair = placed.pair(placement);
      const counter = ['envoy_outrigger_tcp_close_total', { port: `${port}` }] as const;
      const { growth } = await countAlong(pair, counter, () =>
        pair.client.use(echo).sendAndForget(pair.server.ip, port, messages.length),
      );
      const received = await pair.server.use(echo).takeReceived();
      expect(received.toSorted()).toEqual(messages.toSorted());
      await expect.poll(growth, { timeout: 5000 }).toEqual(pair.proxies.map(() => messages.length));
    },
  );

  // The documented deviation: such a port wants to be opaque. If nothing is lost any more, say so there.
  it('messages without a farewell are lost on a port that is not opaque, and each is counted', async () => {
    const pair = placed.pair(placement);
    await pair.server.use(echo).takeReceived();
    const before = await countCutOff(pair);
    await pair.client.use(echo).sendAndForget(pair.server.ip, ports.detected, messages.length);
    const received = await pair.server.use(echo).takeReceived();
    const lost = messages.length - received.filter((text) => text !== '').length;
    expect(lost).toBeGreaterThan(0);
    expect((await countCutOff(pair)) - before).toBe(lost);
  });

  it.each([
    ['an opaque port, at once', ports.graphite, false],
    ['an opaque port, after the echo', ports.graphite, true],
    ['another port, after the echo', ports.detected, true],
  ])('a client that ends its side gets the rest: on %s', async (_, port, waitsForEcho) => {
    const { client, server } = placed.pair(placement);
    const got = await client.use(echo).sayAndEnd(server.ip, port, 'question', waitsForEcho);
    expect(got).toBe('questionfarewell 8');
    expect(await server.use(echo).takeReceived()).toEqual(['question']);
  });

  it('an HTTP client that ends its side right after its request may get no answer', async () => {
    const { client, server } = placed.pair(placement);
    const request = 'GET /method HTTP/1.1\r\nHost: shop\r\n\r\n';
    const ask = () => client.use(echo).sayAndEnd(server.ip, ports.http, request, false);
    const answers = await Promise.all(Array.from({ length: 50 }, ask));
    const unanswered = answers.filter((answer) => !answer.includes('200 OK'));
    expect(unanswered.length).toBeGreaterThan(0);
  });
});
