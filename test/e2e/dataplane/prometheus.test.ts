/**
 * The golden metrics as users get them: a real Prometheus with the example's rules, against what the clients saw.
 * Two pods of a mesh, loaded by HTTP/1.1, HTTP/2, gRPC and plain TCP at once.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createMesh, type Mesh, type MeshedPod } from './network/mesh.ts';
import { peer } from './network/peer.ts';
import { call, load, serverPorts, startServer, type LoadReport } from './peers/grpc-program.ts';
import { startPrometheus, type DiscoveredPort, type Prometheus } from './peers/load-prometheus.ts';
import type * as scanPeer from './peers/load-scan.ts';
import { pollUntil } from '../poll-until.ts';

const protocols = ['http1', 'http2', 'grpc'] as const;
type Protocol = (typeof protocols)[number];

const perSecond = 60;
const seconds = 16;
const windowSeconds = 10;
const tcp = { count: 5 * seconds, perSecond: 5, bytes: 2000 };

let mesh: Mesh;
let client: MeshedPod;
let servers: Readonly<Record<Protocol, MeshedPod>>;
let prometheus: Prometheus;
let seen: Readonly<Record<Protocol, LoadReport>>;
/** Just before the load ended. */
let at: number;

const portOf = (protocol: Protocol): number => serverPorts[protocol === 'grpc' ? 'grpc' : 'http'];

const discovered = (pod: MeshedPod, name: string): DiscoveredPort => ({
  address: `${pod.host.ip}:4191`,
  portName: 'outrigger-admin',
  pod: `${name}-7d4b9c6f5-x2x4z`,
  controller: { kind: 'ReplicaSet', name: `${name}-7d4b9c6f5` },
});

beforeAll(async () => {
  mesh = await createMesh();
  const ports = Object.values(serverPorts).map((containerPort) => ({ containerPort }));
  const containers = [{ name: 'app', image: 'app:1', ports }];
  const addServer = async (protocol: Protocol): Promise<MeshedPod> => {
    const pod = await mesh.addPod(`server-${protocol}`, { containers });
    await startServer(pod.host);
    return pod;
  };
  servers = {
    http1: await addServer('http1'),
    http2: await addServer('http2'),
    grpc: await addServer('grpc'),
  };
  client = await mesh.addPod('client');
  const targets = protocols.map((protocol) => discovered(servers[protocol], `server-${protocol}`));
  const application = { ...discovered(client, 'client'), address: `${client.host.ip}:80`, portName: 'web' };
  prometheus = await startPrometheus(
    mesh.node,
    [...targets, discovered(client, 'client'), application],
    windowSeconds,
  );
  await pollUntil(async () => (await prometheus.countUp()) === 4, {
    timeoutMs: 20_000,
    what: 'four targets',
  });
  await runLoad();
});
afterAll(() => mesh?.stop());

async function runLoad(): Promise<void> {
  const loadOf = (protocol: Protocol): Promise<LoadReport> => {
    const address = `${servers[protocol].host.ip}:${portOf(protocol)}`;
    const amount = ['--rate', `${perSecond}`, '--count', `${perSecond * seconds}`];
    return load(client.host, ['--address', address, '--protocol', protocol, ...amount]);
  };
  const scan = client.host.use(peer<typeof scanPeer>('load-scan'));
  const [http1, http2, grpc] = await Promise.all([
    ...protocols.map(loadOf),
    scan.echoSteadily(servers.http1.host.ip, serverPorts.echo, tcp),
    watchAndLeave(),
  ]);
  seen = { http1, http2, grpc } as Record<Protocol, LoadReport>;
  at = Date.now() - 1500;
  await pollUntil(() => Date.now() > at + 3500, { timeoutMs: 10_000, what: 'the last scrapes' });
}

/** Streams that their client cancels, as a watch ends. */
async function watchAndLeave(): Promise<void> {
  const address = `${servers.http1.host.ip}:${serverPorts.grpc}`;
  const watch = ['--method', 'stream', '--wish', 'then=5s', '--cancel', '300ms', '--count', `${seconds * 3}`];
  expect(await call(client.host, ['--address', address, ...watch])).toEqual({ 1: seconds * 3 });
}

/** The value of a recorded rule for one workload, direction and port. */
async function recorded(rule: string, labels: Readonly<Record<string, string | number>>): Promise<number> {
  const matchers = Object.entries({ namespace: 'shop', ...labels }).map(
    ([name, value]) => `${name}="${value}"`,
  );
  const values = await prometheus.query(`${rule}{${matchers.join(',')}}`, at);
  expect(values, `${rule} of ${JSON.stringify(labels)}`).toHaveLength(1);
  return values[0]!;
}

/** The server's proxy of a protocol, inbound. */
const ofServer = (protocol: Protocol): Record<string, string | number> => ({
  workload: `server-${protocol}`,
  direction: 'inbound',
  port: portOf(protocol),
});

const buckets = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 30_000, 60_000];
const bucketOf = (ms: number): number => buckets.findIndex((most) => ms <= most);

describe.each(protocols)('for %s, the rules say what the client saw', (protocol) => {
  it('as the rate of requests', async () => {
    const { sent, perSecond: rate, unexpected } = seen[protocol];
    expect({ sent, unexpected }).toEqual({ sent: perSecond * seconds, unexpected: {} });
    const measured = await recorded('workload:outrigger_requests:rate', ofServer(protocol));
    expect(measured).toBeGreaterThan(rate * 0.9);
    expect(measured).toBeLessThan(rate * 1.1);
  });

  it('as the success rate, within one percent', async () => {
    const { sent, failed } = seen[protocol];
    expect(failed / sent).toBeCloseTo(0.08, 2); // two of 25; one more is the client's own mistake
    const measured = await recorded('workload:outrigger_success:ratio', ofServer(protocol));
    expect(Math.abs(measured - (1 - failed / sent))).toBeLessThan(0.01);
  });

  it.each([
    ['p50', 'p50Ms', 30],
    ['p95', 'p95Ms', 140],
    ['p99', 'p99Ms', 320],
  ] as const)('as the latency %s, within a bucket', async (rule, key, delayMs) => {
    const measured = await recorded(`workload:outrigger_latency_ms:${rule}`, ofServer(protocol));
    expect(measured).toBeGreaterThan(buckets[bucketOf(delayMs) - 1]!);
    expect(Math.abs(bucketOf(measured) - bucketOf(seen[protocol][key]))).toBeLessThanOrEqual(1);
  });
});

describe('streams that their client cancels', () => {
  it('are counted as abandoned, not as failed', async () => {
    const labels = { workload: 'server-http1', direction: 'inbound', port: serverPorts.grpc };
    const rate = await recorded('workload:outrigger_abandoned:rate', labels);
    expect(rate).toBeGreaterThan(1);
    expect(await recorded('workload:outrigger_requests:rate', labels)).toBeCloseTo(rate, 6);
    expect(await recorded('workload:outrigger_success:ratio', labels)).toBe(1);
  });
});

describe("the client's own proxy", () => {
  it('says the same of the ports that it calls, all servers together', async () => {
    const labels = { workload: 'client', direction: 'outbound', port: serverPorts.http };
    const rate = seen.http1.perSecond + seen.http2.perSecond;
    const measured = await recorded('workload:outrigger_requests:rate', labels);
    expect(measured).toBeGreaterThan(rate * 0.9);
    expect(measured).toBeLessThan(rate * 1.1);
    expect(Math.abs((await recorded('workload:outrigger_success:ratio', labels)) - 0.92)).toBeLessThan(0.01);
  });
});

describe('for an opaque port', () => {
  it.each([
    ['client', 'outbound'],
    ['server-http1', 'inbound'],
  ])('the proxy of %s counts each connection and byte', async (workload, direction) => {
    const labels = { workload, direction, port: serverPorts.echo };
    const rates = [
      ['connections', tcp.perSecond],
      ['read_bytes', tcp.perSecond * tcp.bytes],
      ['write_bytes', tcp.perSecond * tcp.bytes],
    ] as const;
    for (const [what, rate] of rates) {
      const measured = await recorded(`workload:outrigger_tcp_${what}:rate`, labels);
      expect(measured, what).toBeGreaterThan(rate * 0.8);
      expect(measured, what).toBeLessThan(rate * 1.2);
    }
    const pod = workload === 'client' ? client : servers.http1;
    const own = { direction, port: String(serverPorts.echo) };
    expect(await pod.metric('envoy_outrigger_tcp_close_total', own)).toBe(tcp.count);
    expect(await pod.metric('envoy_outrigger_tcp_read_bytes_total', own)).toBe(tcp.count * tcp.bytes);
    expect(await pod.metric('envoy_outrigger_tcp_write_bytes_total', own)).toBe(tcp.count * tcp.bytes);
  });
});
