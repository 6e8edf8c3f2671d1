/** How a proxy ends, and on what it can start: what kubelet and container runtime do to it. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Host } from './network/host.ts';
import { startProxyContainer } from './network/kubelet.ts';
import { createMesh, type Mesh, type MeshedPod } from './network/mesh.ts';
import { peer } from './network/peer.ts';
import type * as clientPeer from './peers/http-client.ts';
import type * as httpGetPeer from './peers/http-get.ts';
import type * as serverPeer from './peers/http-server.ts';
import type * as twoPeer from './peers/http-two.ts';
import type * as echoPeer from './peers/tcp-echo.ts';
import type * as holdPeer from './peers/tcp-hold.ts';

const echo = peer<typeof echoPeer>('tcp-echo');
const hold = peer<typeof holdPeer>('tcp-hold');
const http = peer<typeof clientPeer>('http-client');
const httpGet = peer<typeof httpGetPeer>('http-get');
const httpServer = peer<typeof serverPeer>('http-server');
const two = peer<typeof twoPeer>('http-two');

let mesh: Mesh;
let server: Host;

beforeAll(async () => {
  mesh = await createMesh();
  server = await mesh.addHost('server');
  await server.use(httpServer).startHttpServer(8080);
  await server.use(two).startHttp2Server(8081);
  await server.use(echo).startEchoServer(6379);
});
afterAll(() => mesh?.stop());

const probe = async (url: string) => (await mesh.node.use(httpGet).httpGet(url)).status;

describe('a proxy that is told to end', () => {
  it('does so at once and with success, and cuts what is open', async () => {
    const { host, envoy } = await mesh.addPod('ending');
    await host.use(hold).holdConnections(server.ip, 6379, 20);
    await host.use(hold).holdStreams(server.ip, 8081, 20);
    expect(await host.use(hold).countOpen()).toBe(40);

    const start = performance.now();
    await envoy.stop('SIGTERM'); // which turns to SIGKILL after 10 s
    expect(performance.now() - start).toBeLessThan(5000);
    expect(envoy.exitCode()).toBe(0);
    await expect.poll(() => host.use(hold).countOpen(), { timeout: 5000 }).toBe(0);
  });
});

describe('a proxy whose pod is told to end', () => {
  it('sends clients away from their connections, and goes on serving', async () => {
    const { host, proxy } = await mesh.addPod('draining');
    await host.use(httpServer).startHttpServer(8080);
    const ask = async () => {
      const headers = { connection: 'keep-alive' };
      const answer = await server.use(http).ask(`http://${host.ip}:8080/method`, { headers });
      return [answer.status, answer.headers.connection];
    };
    expect(await ask()).toEqual([200, undefined]);

    const { path, port } = proxy.lifecycle!.preStop!.httpGet;
    expect(await probe(`http://${host.ip}:${port}${path}`)).toBe(200);

    await expect.poll(ask, { timeout: 5000 }).toEqual([200, 'close']);
    // Past Envoy's drain time of three seconds.
    const until = performance.now() + 5000;
    while (performance.now() < until) {
      expect(await ask()).toEqual([200, 'close']);
      expect(await probe(`http://${host.ip}:4191/ready`)).toBe(200);
    }
  });
});

describe('a proxy on a root file system that cannot be written', () => {
  let pod: MeshedPod;

  beforeAll(async () => {
    pod = await mesh.addPod('readonly');
    await pod.envoy.stop();
    const { host } = pod;
    for (const mount of ['/', host.inside(host.home)]) {
      const args = ['-o', 'remount,bind,ro', mount];
      expect(await host.run({ command: 'mount', args, uid: 0 })).toMatchObject({ code: 0 });
    }
  });

  it('starts, and passes requests on', async () => {
    const { host, proxy } = pod;
    const uid = proxy.securityContext?.runAsUser ?? 0;
    for (const dir of ['/', '/var/tmp', host.inside(host.home)]) {
      const { stderr } = await host.run({ command: 'touch', args: [`${dir}/file`], uid });
      expect(stderr).toContain('Read-only file system');
    }
    await startProxyContainer(host, proxy, probe);
    const { status, body } = await host.use(http).ask(`http://${server.ip}:8080/method`);
    expect({ status, body }).toEqual({ status: 200, body: 'GET' });
    const labels = { direction: 'outbound', port: '8080', status: '200' };
    await expect.poll(() => pod.metric('envoy_outrigger_response_total', labels), { timeout: 5000 }).toBe(1);
  });
});
