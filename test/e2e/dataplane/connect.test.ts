/** A real forward proxy (tinyproxy) behind ours: tunnels by CONNECT, and requests in absolute form. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ensureDebianParts } from '../parts/debian.ts';
import type { Child } from '../process/child.ts';
import type { Host } from './network/host.ts';
import { peer } from './network/peer.ts';
import { countAlong, createPlacedMesh, placements, type PlacedMesh } from './network/placements.ts';
import type * as rawPeer from './peers/http-raw.ts';
import type * as httpServerPeer from './peers/http-server.ts';
import type * as tunnelPeer from './peers/http-tunnel.ts';
import type * as echoPeer from './peers/tcp-echo.ts';
import { startServer } from './servers/start-server.ts';

const echo = peer<typeof echoPeer>('tcp-echo');
const httpServer = peer<typeof httpServerPeer>('http-server');
const raw = peer<typeof rawPeer>('http-raw');
const tunnels = peer<typeof tunnelPeer>('http-tunnel');

const proxyPort = 8888;
const credentials = 'user:secret';
const authorization = `Proxy-Authorization: Basic ${btoa(credentials)}`;
/** How long a tunnel is left alone. */
const idleMs = process.env['OUTRIGGER_LONG'] === '1' ? 600_000 : 20_000;

let placed: PlacedMesh;
let target: Host;
const tinyproxies = new Map<Host, Child>();

beforeAll(async () => {
  placed = await createPlacedMesh({
    server: { containers: [{ name: 'app', image: 'app:1', ports: [{ containerPort: proxyPort }] }] },
  });
  target = await placed.mesh.addHost('target');
  await target.use(echo).startEchoServer(9000);
  await target.use(httpServer).startHttpServer(8080);
  for (const host of placed.servers) tinyproxies.set(host, await startTinyproxy(host));
});
afterAll(() => placed?.mesh.stop());

async function startTinyproxy(host: Host): Promise<Child> {
  const parts = await ensureDebianParts();
  const file = join(await host.makeDir('tinyproxy'), 'tinyproxy.conf');
  const [user, password] = credentials.split(':');
  const settings = [`Port ${proxyPort}`, 'Timeout 900', 'LogLevel Connect', `BasicAuth ${user} ${password}`];
  await writeFile(file, `${settings.join('\n')}\n`);
  const args = ['-d', '-c', host.inside(file)];
  const command = await parts.find('tinyproxy');
  return startServer(host, 'tinyproxy', { command, args, env: parts.env }, [proxyPort]);
}

describe.each(placements)('with a proxy %s', (placement) => {
  async function counted<T>(status: number, action: () => Promise<T>): Promise<T> {
    const pair = placed.pair(placement);
    const counter = [
      'envoy_outrigger_response_total',
      { port: `${proxyPort}`, status: `${status}` },
    ] as const;
    const { result, growth } = await countAlong(pair, counter, action);
    await expect.poll(growth, { timeout: 5000 }).toEqual(pair.proxies.map(() => 1));
    return result;
  }

  const readLog = (): string => tinyproxies.get(placed.pair(placement).server)!.readLogTail();

  it('a tunnel is asked for, and bytes pass both ways', async () => {
    const { client, server } = placed.pair(placement);
    const through = { target: `${target.ip}:9000`, credentials };
    const { head, echo } = await counted(200, () =>
      client.use(tunnels).talkThroughTunnel(server.ip, proxyPort, through),
    );
    expect(head).toMatch(/^HTTP\/1\.1 200 /u);
    expect(echo).toBe('before after');
    expect(readLog()).toContain(`CONNECT ${target.ip}:9000 HTTP/1.1`);
  });

  // The documented deviation: with the client's end, Envoy ends the server's side of a tunnel, too.
  it('a tunnel loses what the server says after the client has ended its side', async () => {
    const { client, server } = placed.pair(placement);
    const through = { target: `${target.ip}:9000`, credentials };
    const { echo, rest } = await client.use(tunnels).talkThroughTunnel(server.ip, proxyPort, through);
    expect(echo).toBe('before after');
    expect(rest).not.toContain('farewell');
  });

  it('a tunnel is refused by the real proxy, in its own words', async () => {
    const { client, server } = placed.pair(placement);
    const { head } = await counted(407, () =>
      client.use(tunnels).talkThroughTunnel(server.ip, proxyPort, { target: `${target.ip}:9000` }),
    );
    expect(head).toMatch(/^HTTP\/1\.\d 407 Proxy Authentication Required\r\n/u);
    expect(head).toMatch(/\r\nProxy-Authenticate: Basic realm="Tinyproxy"\r\n/iu);
  });

  it('a request in absolute form arrives in absolute form, and its response returns', async () => {
    const { client, server } = placed.pair(placement);
    const url = `http://${target.ip}:8080/mark?${placement.replace(' ', '-')}`;
    const lines = [`GET ${url} HTTP/1.1`, `Host: ${target.ip}:8080`, authorization, '', ''];
    const response = await counted(200, () =>
      client.use(raw).exchange(server.ip, proxyPort, lines.join('\r\n')),
    );
    expect(response).toMatch(/^HTTP\/1\.\d 200 [^]*GET <end>$/u);
    expect(readLog()).toContain(`GET ${url} HTTP/1.1`);
  });
});

it(
  `a tunnel is alive after ${idleMs / 1000} s without a byte, wherever the proxy is`,
  async () => {
    const through = { target: `${target.ip}:9000`, credentials, idleMs };
    const talks = placements.map((placement) => {
      const { client, server } = placed.pair(placement);
      return client.use(tunnels).talkThroughTunnel(server.ip, proxyPort, through);
    });
    for (const { echo } of await Promise.all(talks)) expect(echo).toBe('before after');
  },
  idleMs + 60_000,
);
