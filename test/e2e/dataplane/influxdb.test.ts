/** A real InfluxDB: HTTP on a port of its own, recognised without a word, or not looked into at all. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pollUntil } from '../poll-until.ts';
import { peer } from './network/peer.ts';
import { createPlacedMesh, placements, readAlong, type Pair, type PlacedMesh } from './network/placements.ts';
import { trafficDuring } from './network/traffic.ts';
import type * as influxdbPeer from './peers/influxdb.ts';
import { startInfluxdb } from './servers/influxdb.ts';

const influxdb = peer<typeof influxdbPeer>('influxdb');
const port = 8086;
const labels = { port: String(port) };
const values = Array.from({ length: 500 }, (_, index) => index * 1.5);

interface Requests {
  /** By status, of each proxy. */
  readonly ok: readonly number[];
  readonly noContent: readonly number[];
  /** Those of which the latency is known. */
  readonly timed: readonly number[];
}

async function readRequests(pair: Pair): Promise<Requests> {
  const total = 'envoy_outrigger_response_total';
  return {
    ok: await readAlong(pair, total, { ...labels, status: '200', flags: '-' }),
    noContent: await readAlong(pair, total, { ...labels, status: '204', flags: '-' }),
    timed: await readAlong(pair, 'envoy_outrigger_response_latency_ms_count', labels),
  };
}

const more = (counts: readonly number[], by: number): number[] => counts.map((count) => count + by);

describe.each<[string, { readonly isHttp: boolean; readonly annotations: Record<string, string> }]>([
  ['with no annotation', { isHttp: true, annotations: {} }],
  ['with opaque-ports', { isHttp: false, annotations: { 'config.linkerd.io/opaque-ports': String(port) } }],
])('InfluxDB on 8086 %s', (_, { isHttp, annotations }) => {
  let placed: PlacedMesh;

  beforeAll(async () => {
    const containers = [{ name: 'influxdb', image: 'influxdb:1', ports: [{ containerPort: port }] }];
    placed = await createPlacedMesh({ client: { annotations }, server: { annotations, containers } });
    await Promise.all(placed.servers.map((host) => startInfluxdb(host, port)));
  });
  afterAll(() => placed?.mesh.stop());

  it.each(placements)(
    `takes and gives points at once, counted as ${isHttp ? 'HTTP' : 'TCP'}, %s`,
    async (placement) => {
      const pair = placed.pair(placement);
      const before = await readRequests(pair);
      const points = { database: placement.replace(' ', '_'), values };
      const { result, traffic } = await trafficDuring(pair, port, () =>
        pair.client.use(influxdb).roundTripPoints(pair.server.ip, port, points),
      );

      expect(result).toMatchObject({ status: 204, values });
      expect(result.ms).toBeLessThan(2000);
      const expected = pair.proxies.map(() => [isHttp ? 0 : 1, 0]);
      expect(traffic.map(({ closed, waits }) => [closed, waits])).toEqual(expected);
      const by = isHttp ? 1 : 0;
      const counted = {
        ok: more(before.ok, 2 * by),
        noContent: more(before.noContent, by),
        timed: more(before.timed, 3 * by),
      };
      await waitForHistogram(pair, counted.timed);
      expect(await readRequests(pair)).toEqual(counted);
    },
  );
});

/** Histograms come some seconds after counters. */
async function waitForHistogram(pair: Pair, counts: readonly number[]): Promise<void> {
  await pollUntil(
    async () => (await readRequests(pair)).timed.every((count, index) => count >= counts[index]!),
    {
      timeoutMs: 15_000,
      what: 'the latency of all requests',
    },
  );
}
