/** What must not show in a proxy's metrics, and how large they may become. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Host } from './network/host.ts';
import { createMesh, type Mesh, type MeshedPod } from './network/mesh.ts';
import { peer } from './network/peer.ts';
import { call, serverPorts, startServer } from './peers/grpc-program.ts';
import type * as scanPeer from './peers/load-scan.ts';
import { seriesOf, watchSeries } from './peers/load-series.ts';

const scan = peer<typeof scanPeer>('load-scan');
const responses = 'envoy_outrigger_response_total';
const closed = 'envoy_outrigger_tcp_close_total';
const latencies = 'envoy_outrigger_response_latency_ms_count';

let mesh: Mesh;
let client: MeshedPod;
let server: MeshedPod;
let stranger: Host;

beforeAll(async () => {
  mesh = await createMesh();
  const ports = Object.values(serverPorts).map((containerPort) => ({ containerPort }));
  server = await mesh.addPod('server', { containers: [{ name: 'app', image: 'app:1', ports }] });
  client = await mesh.addPod('client');
  stranger = await mesh.addHost('stranger');
  await startServer(server.host);
});
afterAll(() => mesh?.stop());

const request = (...headers: string[]): string =>
  ['GET / HTTP/1.1', 'Host: server', 'Connection: close', ...headers, '', ''].join('\r\n');

/** Sends a text from a host to ports of the server; how many of them answered. */
const send = (from: Host, ports: readonly number[], text: string): Promise<number> =>
  from.use(scan).scanPorts(server.host.ip, ports, text);

const undeclared = Array.from({ length: 1000 }, (_, index) => 20_000 + 7 * index);

/** The values of the label `port` of a metric's series. */
async function portsOf(pod: MeshedPod, name: string): Promise<Set<string>> {
  const series = seriesOf(await pod.scrape(), name);
  return new Set([...series.keys()].map((labels) => /port="([^"]*)"/u.exec(labels)?.[1] ?? ''));
}

describe('a scan of 1,000 ports that the pod does not declare', () => {
  it('by HTTP makes one series, and a declared port keeps its own', async () => {
    const [watched, timed] = [await watchSeries(server, responses), await watchSeries(server, latencies)];
    expect(await send(stranger, undeclared, request())).toBe(1000);
    expect(await send(stranger, [serverPorts.http], request())).toBe(1);
    expect(await watched.grownBy(1001)).toEqual({
      'direction="inbound",port="other",status="503",grpc_status="",flags="UF"': 1000,
      [`direction="inbound",port="${serverPorts.http}",status="200",grpc_status="",flags="-"`]: 1,
    });
    expect(await timed.grownBy(1001)).toEqual({
      'direction="inbound",port="other"': 1000,
      [`direction="inbound",port="${serverPorts.http}"`]: 1,
    });
  });

  it('by other bytes makes one series as well', async () => {
    const watched = await watchSeries(server, closed);
    expect(await send(stranger, undeclared, '\u0001\u0002\r\n')).toBe(0);
    expect(await watched.grownBy(1000)).toEqual({ 'direction="inbound",port="other",flags="UF,URX"': 1000 });
    expect(await portsOf(server, 'envoy_outrigger_tcp_read_bytes_total')).toEqual(new Set(['other']));
    expect(await server.scrape()).toContain('envoy_server_stats_overflow_counter{} 0');
  });
});

describe("the kubelet's probes", () => {
  it('are answered by the application and counted nowhere', async () => {
    const [counted, timed] = [await watchSeries(server, responses), await watchSeries(server, latencies)];
    const probes = Array.from({ length: 20 }, () => serverPorts.http);

    expect(await send(mesh.node, probes, request('User-Agent: kube-probe/1.35'))).toBe(20);
    expect(await send(mesh.node, [serverPorts.http], request('User-Agent: not-kube-probe/1'))).toBe(1);

    const labels = `direction="inbound",port="${serverPorts.http}"`;
    // The request after the probes: once it shows, they would, too.
    expect(await timed.grownBy(1)).toEqual({ [labels]: 1 });
    expect(await counted.grownBy(1)).toEqual({ [`${labels},status="200",grpc_status="",flags="-"`]: 1 });
  });
});

describe('the size of /metrics', () => {
  it('is at most 30 KB after HTTP, gRPC and TCP in both directions', async () => {
    const timed = await Promise.all([client, server].map((pod) => watchSeries(pod, latencies)));
    const address = `${server.host.ip}:${serverPorts.grpc}`;
    for (const code of [0, 5, 13]) await call(client.host, ['--address', address, '--wish', `code=${code}`]);
    expect(await send(client.host, [serverPorts.http], request())).toBe(1);
    await client.host
      .use(scan)
      .echoSteadily(server.host.ip, serverPorts.echo, { count: 3, perSecond: 10, bytes: 9 });
    await Promise.all(timed.map((series) => series.grownBy(4)));
    for (const pod of [client, server]) {
      expect(await portsOf(pod, closed)).toContain(String(serverPorts.echo));
      expect(await portsOf(pod, responses)).toContain(String(serverPorts.grpc));
      const size = (await pod.scrape()).length;
      expect(size).toBeGreaterThan(10_000);
      expect(size).toBeLessThan(30_000);
    }
  });
});
