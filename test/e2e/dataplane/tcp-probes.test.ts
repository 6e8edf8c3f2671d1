/**
 * What a rewritten tcpSocket probe is told by a real Envoy, with a real server behind the port: the truth, within
 * the time that it promises, and at the price of one connection an interval.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { envoy } from '../../../src/proxy/envoy/backend.ts';
import type { TcpCheck } from '../../../src/proxy/tcp-check.ts';
import { anew, testPlan } from '../../proxy/plan.ts';
import { findFreePort } from '../cluster/ports.ts';
import { findEnvoy } from '../parts/envoy.ts';
import { pollUntil } from '../poll-until.ts';
import { startChild } from '../process/child.ts';

let envoyPath: string;
const cleanups: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  envoyPath = await findEnvoy();
});

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

/** Addresses that stand for the pod's; where the machine has none but loopback, another one of that. */
function ownAddress(family: 'IPv4' | 'IPv6'): string | undefined {
  const own = Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .find((address) => address.family === family && !address.internal && !address.address.startsWith('fe80'));
  return own?.address ?? (family === 'IPv4' ? '127.0.0.2' : undefined);
}

interface Proxy {
  /** The status of the probe of a port. */
  probe(port: number): Promise<number>;
  get(path: string, method?: string): Promise<Response>;
}

/** A ready proxy of two workers that checks these ports of the address. */
async function startProxy(address: string, tcpChecks: readonly TcpCheck[]): Promise<Proxy> {
  const ports = { inbound: 0, outbound: 0, admin: 0, control: 0 };
  for (const name of ['inbound', 'outbound', 'admin', 'control'] as const) ports[name] = await findFreePort();
  const { args } = envoy.render(testPlan({ ports, ipv6: address.includes(':'), proxy: { tcpChecks } }), anew);
  const expanded = args.map((arg) => arg.replaceAll('$(OUTRIGGER_POD_IP)', address).replaceAll('$$', '$'));
  const home = await mkdtemp(join(tmpdir(), 'outrigger-envoy-'));
  cleanups.push(() => rm(home, { recursive: true }));
  const child = startChild({
    name: 'envoy',
    command: envoyPath,
    args: expanded,
    logFile: join(home, 'log'),
    home,
  });
  cleanups.push(() => child.stop());
  const get = (path: string, method = 'GET') =>
    fetch(`http://127.0.0.1:${ports.admin}${path}`, { method, headers: { 'user-agent': 'kube-probe/1.35' } });
  await pollUntil(async () => !child.isRunning() || (await get('/ready')).ok, {
    timeoutMs: 20_000,
    what: 'Envoy to be ready',
  });
  if (!child.isRunning()) throw new Error(`Envoy ended: ${child.readLogTail()}`);
  return { get, probe: async (port) => (await get(`/probe/tcp/${port}`)).status };
}

/** A server on one address, which says who came and never a word. */
async function listen(
  address: string,
  port: number,
): Promise<{ peers: string[]; stop: () => Promise<void> }> {
  const peers: string[] = [];
  const server: Server = createServer((socket) => {
    peers.push(socket.remoteAddress ?? '');
    socket.on('error', () => undefined).resume();
  });
  await new Promise<void>((resolve) => server.listen(port, address, resolve));
  const stop = () => new Promise<void>((resolve) => server.close(() => resolve()));
  cleanups.push(stop);
  return { peers, stop };
}

/** How long until a probe is told this, in milliseconds. */
async function timeUntil(proxy: Proxy, port: number, status: number): Promise<number> {
  const start = performance.now();
  await pollUntil(async () => (await proxy.probe(port)) === status, {
    timeoutMs: 10_000,
    intervalMs: 20,
    what: `${status} for port ${port}`,
  });
  return performance.now() - start;
}

/** For a busy machine, on which a second takes a little longer. */
const slackMs = 500;

const everySecond = (port: number): TcpCheck => ({ port, intervalMs: 1000, timeoutMs: 1000 });

describe('a rewritten tcpSocket probe', () => {
  it.each([
    ['IPv4', '127.0.0.1', 1000],
    // Linux sends no RST to ::1 from another address: what would be refused takes the dial's whole patience.
    ['IPv6', '::1', 2000],
  ] as const)(
    "fails without a listener, passes with one on the pod's %s address, and fails again after its end",
    async (family, peer, withinMs) => {
      const address = ownAddress(family);
      if (address === undefined) return;
      const port = await findFreePort();
      const proxy = await startProxy(address, [everySecond(port)]);
      expect(await proxy.probe(port)).toBe(503);

      const { peers, stop } = await listen(address, port);
      expect(await timeUntil(proxy, port, 200)).toBeLessThan(withinMs + slackMs);
      expect(new Set(peers)).toEqual(new Set([peer]));

      await stop();
      expect(await timeUntil(proxy, port, 503)).toBeLessThan(withinMs + slackMs);
    },
  );

  it('fails where the server listens on loopback only, as it does without a proxy', async () => {
    const address = ownAddress('IPv4')!;
    const port = await findFreePort();
    const proxy = await startProxy(address, [everySecond(port)]);
    const { peers } = await listen('127.0.0.1', port);
    await sleep(2500);
    expect(await proxy.probe(port)).toBe(503);
    expect(peers).toEqual([]);
  });

  it('costs one connection an interval, however many workers and probes there are', async () => {
    const address = ownAddress('IPv4')!;
    const [fast, slow] = [await findFreePort(), await findFreePort()];
    const checks = [everySecond(fast), { port: slow, intervalMs: 3000, timeoutMs: 1000 }];
    const servers = [await listen(address, fast), await listen(address, slow)] as const;
    const proxy = await startProxy(address, checks);
    await Promise.all([fast, slow].map((port) => timeUntil(proxy, port, 200)));

    const before = servers.map(({ peers }) => peers.length);
    for (let index = 0; index < 60; index += 1) {
      await Promise.all([proxy.probe(fast), proxy.probe(slow), sleep(100)]);
    }
    const [ofFast, ofSlow] = servers.map(({ peers }, index) => peers.length - before[index]!);
    expect(ofFast).toBeGreaterThanOrEqual(5);
    expect(ofFast).toBeLessThanOrEqual(7);
    expect(ofSlow).toBeGreaterThanOrEqual(1);
    expect(ofSlow).toBeLessThanOrEqual(3);
  });

  it('finds a slowly checked port within a second of its start', async () => {
    const address = ownAddress('IPv4')!;
    const port = await findFreePort();
    const proxy = await startProxy(address, [{ port, intervalMs: 30_000, timeoutMs: 1000 }]);
    await listen(address, port);
    expect(await timeUntil(proxy, port, 200)).toBeLessThan(1000 + slackMs);
  });

  it('is answered for the ports of the plan, on GET of exactly the path, and shown in the metrics', async () => {
    const address = ownAddress('IPv4')!;
    const port = await findFreePort();
    await listen(address, port);
    const proxy = await startProxy(address, [everySecond(port)]);
    await timeUntil(proxy, port, 200);
    for (const path of [`${port}/`, `${port}?a`, `${port + 1}`, `0${port}`, ''])
      expect([path, (await proxy.get(`/probe/tcp/${path}`)).status]).toEqual([path, 404]);
    for (const method of ['POST', 'HEAD'])
      expect((await proxy.get(`/probe/tcp/${port}`, method)).status).toBe(404);
    expect((await proxy.get('/ready')).status).toBe(200);
    expect(await (await proxy.get('/metrics')).text()).toContain(
      `envoy_cluster_membership_healthy{envoy_cluster_name="probe_${port}"} 1`,
    );
  });
});
