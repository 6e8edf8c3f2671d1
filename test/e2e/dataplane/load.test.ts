/** Thousands of streams, connections and requests at once: nothing is cut, held back or measured wrongly. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { MeshedPod } from './network/mesh.ts';
import { createPlacedMesh, placements, type PlacedMesh, type Placement } from './network/placements.ts';
import { requests, serverPorts, startServer, streams } from './peers/grpc-program.ts';
import { watchSeries, type WatchedSeries } from './peers/load-series.ts';

let placed: PlacedMesh;

beforeAll(async () => {
  const ports = [serverPorts.grpc, serverPorts.http].map((containerPort) => ({ containerPort }));
  placed = await createPlacedMesh({ server: { containers: [{ name: 'app', image: 'app:1', ports }] } });
  await Promise.all(placed.servers.map(startServer));
});
afterAll(() => placed?.mesh.stop());

const latency = 'envoy_outrigger_response_latency_ms';
const responses = 'envoy_outrigger_response_total';

const watchAlong = (placement: Placement, name: string): Promise<WatchedSeries[]> =>
  Promise.all(placed.pair(placement).proxies.map(({ pod }) => watchSeries(pod, name)));

const total = (growth: Readonly<Record<string, number>>): number =>
  Object.values(growth).reduce((sum, by) => sum + by, 0);

/** Samples of all of Envoy's overflow counters: circuit breakers, listeners, and the metrics' own. */
async function overflows(pod: MeshedPod): Promise<{ all: number; moved: string[] }> {
  const lines = (await pod.scrape()).split('\n').filter((line) => /^envoy\w+overflow/u.test(line));
  return { all: lines.length, moved: lines.filter((line) => !line.endsWith(' 0')) };
}

async function expectNoOverflow(placement: Placement): Promise<void> {
  for (const { pod } of placed.pair(placement).proxies) {
    const { all, moved } = await overflows(pod);
    expect(moved).toEqual([]);
    expect(all).toBeGreaterThan(6);
  }
}

describe('concurrent gRPC streams', () => {
  it.each<[Placement, number, number]>([
    ['outbound', 2000, 1],
    ['inbound', 2000, 1],
    ['in series', 2000, 1],
    ['in series', 5000, 50],
  ])('%s: %i on %i connections are all kept, and measured to their first byte', async (...options) => {
    const [placement, count, connections] = options;
    const { client, server, proxies } = placed.pair(placement);
    const counted = await watchAlong(placement, responses);
    const sums = await watchAlong(placement, `${latency}_sum`);
    const counts = await watchAlong(placement, `${latency}_count`);
    const args = `--streams ${count} --connections ${connections} --for 2s --wish delay=100ms`.split(' ');

    const tally = await streams(client, ['--address', `${server.ip}:${serverPorts.grpc}`, ...args]);

    expect(tally).toMatchObject({ whole: count, errors: {} });
    for (const [index, { direction }] of proxies.entries()) {
      const common = `direction="${direction}",port="${serverPorts.grpc}"`;
      expect(await counted[index]!.grownBy(count)).toEqual({
        [`${common},status="200",grpc_status="0",flags="-"`]: count,
      });
      expect(await counts[index]!.grownBy(count)).toEqual({ [common]: count });
      // A whole stream takes 2 s more than its first byte.
      const meanMs = total(await sums[index]!.grownBy(1)) / count;
      expect(meanMs).toBeGreaterThan(90);
      expect(meanMs).toBeLessThan(tally.firstByteMs * 1.1 + 100);
    }
    await expectNoOverflow(placement);
  });
});

describe.each(placements)('concurrent HTTP requests, %s', (placement) => {
  it.each([
    ['2,000 on as many connections of HTTP/1.1', 1, 2000, 1],
    ['5,000 on 20 connections of HTTP/2', 2, 5000, 20],
  ])('%s are all with the server at the same time', async (_, version, count, clients) => {
    const { client, server, proxies } = placed.pair(placement);
    const counted = await watchAlong(placement, responses);
    const connections = await watchAlong(placement, 'envoy_http_downstream_cx_total');
    const args = `--version ${version} --count ${count} --clients ${clients}`.split(' ');

    const tally = await requests(client, ['--address', `${server.ip}:${serverPorts.http}`, ...args]);

    expect(tally).toMatchObject({ whole: 2 * count, errors: {} }); // the server answers when all are there, twice
    for (const [index, { direction }] of proxies.entries()) {
      const common = `direction="${direction}",port="${serverPorts.http}"`;
      expect(await counted[index]!.grownBy(2 * count)).toEqual({
        [`${common},status="200",grpc_status="",flags="-"`]: 2 * count,
      });
      const atLeast = version === 1 ? count : clients;
      expect(total(await connections[index]!.grownBy(atLeast))).toBeGreaterThanOrEqual(atLeast);
    }
    await expectNoOverflow(placement);
  });
});
