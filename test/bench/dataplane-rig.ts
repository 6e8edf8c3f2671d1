/**
 * Hosts with the proxies that are compared, all with the rules of the same injected pod, and the same servers on
 * every host: haproxy for HTTP, a Go program for bytes.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Host } from '../e2e/dataplane/network/host.ts';
import { injectManually } from '../e2e/dataplane/network/inject.ts';
import {
  runInitContainer,
  startProxyContainer,
  type ContainerSpec,
} from '../e2e/dataplane/network/kubelet.ts';
import { createNetwork, type Network } from '../e2e/dataplane/network/network.ts';
import { peer } from '../e2e/dataplane/network/peer.ts';
import type * as httpGetPeer from '../e2e/dataplane/peers/http-get.ts';
import { ensureDebianParts } from '../e2e/parts/debian.ts';
import { ensureGoProgram } from '../e2e/parts/go-program.ts';
import { bootstrapOf, bulkPort, webPort, withBootstrap, type Bootstrap } from './dataplane-bootstraps.ts';
import type { Way } from './dataplane-load.ts';
import { cpuSecondsOf } from './dataplane-process.ts';

export type Direction = 'outbound' | 'inbound';

/** A host whose traffic passes an Envoy. */
export interface Proxied {
  readonly name: string;
  readonly pid: number;
  /** From its start until it said that it is ready; asked every 50 ms. */
  readonly readyMs: number;
  /** The CPU time that it used until then: the least that `readyMs` can be on an idle machine of one core. */
  readonly readyCpuMs: number;
  /** From a client through this proxy to a server, in which the proxy is the one's or the other's. */
  way(direction: Direction): Way;
  stop(): Promise<void>;
}

export interface Rig {
  /** From the client to the server without a proxy. */
  readonly direct: Way;
  /** Our configuration, as injected. */
  readonly bootstrap: Bootstrap;
  addProxied(name: string, bootstrap: Bootstrap): Promise<Proxied>;
  stop(): Promise<void>;
}

export async function createRig(): Promise<Rig> {
  const network = await createNetwork();
  try {
    const [client, server] = [await network.addHost('client'), await network.addHost('server')];
    await startServers(server);
    const [init, proxy] = await injectedContainers();
    return {
      direct: { from: client, to: server },
      bootstrap: bootstrapOf(proxy),
      async addProxied(name, bootstrap) {
        const host = await network.addHost(name);
        await startServers(host);
        await runInitContainer(host, init);
        const started = await startProxy(network, host, withBootstrap(proxy, bootstrap));
        const way = (direction: Direction): Way =>
          direction === 'outbound' ? { from: host, to: server } : { from: client, to: host };
        return { ...started, name, way, stop: () => host.stop() };
      },
      stop: () => network.stop(),
    };
  } catch (error) {
    await network.stop();
    throw error;
  }
}

async function injectedContainers(): Promise<readonly [ContainerSpec, ContainerSpec]> {
  const ports = [webPort, bulkPort].map((containerPort) => ({ containerPort }));
  const containers = [{ name: 'app', image: 'app:1', ports }];
  const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'pod' }, spec: { containers } };
  const { spec } = await injectManually(pod);
  const [init, proxy] = spec.initContainers ?? [];
  if (!init || !proxy) throw new Error('the pod was not injected');
  return [init, proxy];
}

async function startProxy(
  { node }: Network,
  host: Host,
  container: ContainerSpec,
): Promise<Pick<Proxied, 'pid' | 'readyMs' | 'readyCpuMs'>> {
  const { httpGet } = node.use(peer<typeof httpGetPeer>('http-get'));
  const start = performance.now();
  const { pid } = await startProxyContainer(host, container, async (url) => (await httpGet(url)).status);
  return { pid, readyMs: performance.now() - start, readyCpuMs: cpuSecondsOf(pid) * 1000 };
}

const haproxy = `
defaults
  mode http
  timeout client 60s
  timeout connect 60s
  timeout server 60s
frontend web
  bind :${webPort}
  http-request return status 200 content-type text/plain string "hello from the application"
`;

async function startServers(host: Host): Promise<void> {
  const file = join(await host.makeDir('haproxy'), 'haproxy.cfg');
  await writeFile(file, `global\n  nbthread 1\n  maxconn 4000\n${haproxy}`);
  const parts = await ensureDebianParts();
  const web = { command: await parts.find('haproxy'), args: ['-db', '-f', host.inside(file)] };
  host.start('haproxy', { ...web, env: parts.env });
  const args = ['serve', '--grpc', '', '--http', '', '--pour', `:${bulkPort}`];
  host.start('pour', { command: await ensureGoProgram('grpc-peer'), args });
}
