/**
 * Dual stack: the proxy listens on IPv6 where the installation says so, and on IPv4 alone elsewhere. The rules
 * are made by running proxy-init for each family, as 2.4.x does in one go (see network/kubelet.ts).
 */
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ensureDebianParts } from '../parts/debian.ts';
import type { Host } from './network/host.ts';
import type { MeshedPod } from './network/mesh.ts';
import { peer } from './network/peer.ts';
import { countAlong, createPlacedMesh, placements, type PlacedMesh } from './network/placements.ts';
import type * as greetingPeer from './peers/greeting.ts';
import type * as adminPeer from './peers/http-admin.ts';
import type * as clientPeer from './peers/http-client.ts';
import type * as serverPeer from './peers/http-server.ts';

const admin = peer<typeof adminPeer>('http-admin');
const greeting = peer<typeof greetingPeer>('greeting');
const http = peer<typeof clientPeer>('http-client');
const httpServer = peer<typeof serverPeer>('http-server');
const config = 'cluster: { ipv6: true }\n';

let placed: PlacedMesh;

beforeAll(async () => {
  const ports = [{ containerPort: 8080 }, { containerPort: 25 }];
  placed = await createPlacedMesh({
    client: { config },
    server: { config, containers: [{ name: 'app', image: 'app:1', ports }] },
  });
  for (const server of placed.servers) {
    await server.use(httpServer).startHttpServer(8080);
    await server.use(greeting).startGreeter(25);
  }
});
afterAll(() => placed?.mesh.stop());

describe.each(placements)('with a proxy %s', (placement) => {
  describe.each(['ip', 'ipv6'] as const)('over the address %s', (family) => {
    it('a request is detected as HTTP and counted', async () => {
      const pair = placed.pair(placement);
      const address = family === 'ip' ? pair.server.ip : `[${pair.server.ipv6}]`;
      const { result, growth } = await countAlong(
        pair,
        ['envoy_outrigger_response_total', { port: '8080', status: '200' }],
        () => pair.client.use(http).ask(`http://${address}:8080/method`),
      );
      expect(result).toMatchObject({ status: 200, body: 'GET' });
      await expect.poll(growth, { timeout: 5000 }).toEqual(pair.proxies.map(() => 1));
    });

    it('an opaque port is served at once', async () => {
      const pair = placed.pair(placement);
      const { result, growth } = await countAlong(
        pair,
        ['envoy_outrigger_tcp_close_total', { port: '25' }],
        () => pair.client.use(greeting).readGreeting(pair.server[family], 25),
      );
      // The application sees the pod's own address of the same family.
      const peerHost = placement === 'outbound' ? pair.client : pair.server;
      expect(result.text).toContain(peerHost[family]);
      expect(result.ms).toBeLessThan(2000);
      await expect.poll(growth, { timeout: 5000 }).toEqual(pair.proxies.map(() => 1));
    });
  });
});

describe('a pod with IPv6', () => {
  it('is probed and scraped on its IPv6 address', async () => {
    const { mesh, serverPod } = placed;
    const get = (path: string) => mesh.node.use(admin).askAdminPort(serverPod.host.ipv6, 4191, 'GET', path);
    expect(await get('/ready')).toEqual({ status: 200, body: 'LIVE\n' });
    expect((await get('/metrics')).body).toMatch(/^envoy_server_live\{\} 1$/mu);
  });

  it.each([
    ['inbound', 4143, 'the pod'],
    ['outbound', 4140, '::1'],
  ] as const)('closes connections to its own %s port', async (_, port, to) => {
    const { host } = placed.serverPod;
    const loops = () =>
      placed.serverPod.metric('envoy_tcp_downstream_cx_total', { envoy_tcp_prefix: 'loop' });
    const before = await loops();
    const { text } = await host.use(greeting).readGreeting(to === 'the pod' ? host.ipv6 : to, port);
    expect(text).toBe('');
    expect(await loops()).toBe(before + 1);
  });
});

describe('a pod without IPv6', () => {
  let pod: MeshedPod;

  beforeAll(async () => {
    pod = await placed.mesh.addPod('ipv4');
    await pod.host.use(greeting).startGreeter(25);
  });

  it('has a proxy without any socket of it', async () => {
    expect(pod.init.args).toContain('--ipv6=false');
    expect(await listReadyPorts(pod.host.pid, 'tcp6')).toEqual([25]);
    expect(await listReadyPorts(pod.host.pid, 'tcp')).toEqual([4140, 4143, 4191]);
  });

  it('has rules for IPv4 only, and one with IPv6 has the same for both', async () => {
    expect(await countRedirects('ip', pod.host)).toBe(2);
    expect(await countRedirects('ip6', pod.host)).toBe(0);
    expect(await countRedirects('ip', placed.serverPod.host)).toBe(2);
    expect(await countRedirects('ip6', placed.serverPod.host)).toBe(2);
  });

  it('is reached over IPv6 around its proxy', async () => {
    const { host } = placed.clientPod;
    const { text } = await host.use(greeting).readGreeting(pod.host.ipv6, 25);
    expect(text).toBe(`hello ${host.ipv6}\n`);
    expect(await pod.metric('envoy_outrigger_tcp_close_total')).toBe(0);
  });
});

async function countRedirects(family: 'ip' | 'ip6', host: Host): Promise<number> {
  const parts = await ensureDebianParts();
  const command = await parts.find(`${family}tables-nft-save`);
  const { stdout } = await host.run({ command, env: parts.env, uid: 0 });
  return stdout.split('\n').filter((line) => line.includes('-j REDIRECT')).length;
}

/** Ports on which a host listens (state 0A in the kernel's table), each once. */
async function listReadyPorts(pid: number, table: 'tcp' | 'tcp6'): Promise<number[]> {
  const lines = (await readFile(`/proc/${pid}/net/${table}`, 'utf8')).split('\n');
  const ports = lines
    .map((line) => line.trim().split(/\s+/u))
    .filter(([, , , state]) => state === '0A')
    .map(([, local = '']) => Number.parseInt(local.split(':')[1] ?? '', 16));
  return [...new Set(ports)].toSorted((a, b) => a - b);
}
