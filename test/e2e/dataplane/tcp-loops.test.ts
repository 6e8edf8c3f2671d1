/** The proxy's own ports, dialled directly: a proxy must never forward to itself. */
import { readdir } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Host } from './network/host.ts';
import { createMesh, type Mesh, type MeshedPod } from './network/mesh.ts';
import { peer } from './network/peer.ts';
import type * as greetingPeer from './peers/greeting.ts';
import type * as echoPeer from './peers/tcp-echo.ts';

const echo = peer<typeof echoPeer>('tcp-echo');
const greeting = peer<typeof greetingPeer>('greeting');
const dials = 50;

let mesh: Mesh;
let plain: Host;
let pod: MeshedPod;
let other: MeshedPod;

beforeAll(async () => {
  mesh = await createMesh();
  plain = await mesh.addHost('plain');
  pod = await mesh.addPod('pod');
  other = await mesh.addPod('other');
});
afterAll(() => mesh?.stop());

const countDescriptors = async (): Promise<number> => (await readdir(`/proc/${pod.envoy.pid}/fd`)).length;
const countLoops = () => pod.metric('envoy_tcp_downstream_cx_total', { envoy_tcp_prefix: 'loop' });

describe("a pod's own proxy port", () => {
  it.each<[string, () => Host, () => string, number]>([
    ['4143 from a host without a proxy', () => plain, () => pod.host.ip, 4143],
    ['4143 from a pod with a proxy', () => other.host, () => pod.host.ip, 4143],
    ['4143 from the pod itself', () => pod.host, () => pod.host.ip, 4143],
    ['4143 on loopback', () => pod.host, () => '127.0.0.1', 4143],
    ['4140 on loopback', () => pod.host, () => '127.0.0.1', 4140],
  ])('closes every connection at once, and uses nothing up: %s', async (_, from, to, port) => {
    const loops = await countLoops();
    const descriptors = await countDescriptors();
    expect(await from().use(echo).countClosed(to(), port, dials)).toBe(dials);
    expect(await countLoops()).toBe(loops + dials);
    await expect.poll(countDescriptors, { timeout: 10_000 }).toBeLessThan(descriptors + 10);
    expect(pod.envoy.isRunning()).toBe(true);
  });

  it('4140 of the pod cannot be reached from outside', async () => {
    await expect(plain.use(greeting).readGreeting(pod.host.ip, 4140)).rejects.toThrow('ECONNREFUSED');
  });
});

describe('the same port of a host without a proxy', () => {
  beforeAll(async () => {
    for (const port of [4140, 4143]) await plain.use(greeting).startGreeter(port);
  });

  it.each([4140, 4143])('is a server like others: %i', async (port) => {
    const labels = { direction: 'outbound', port: `${port}` };
    const { text, ms } = await pod.host.use(greeting).readGreeting(plain.ip, port);
    expect(text).toBe(`hello ::ffff:${pod.host.ip}\n`);
    expect(ms).toBeLessThan(2000);
    const closed = () => pod.metric('envoy_outrigger_tcp_close_total', labels);
    await expect.poll(closed, { timeout: 5000 }).toBe(1);
  });
});
