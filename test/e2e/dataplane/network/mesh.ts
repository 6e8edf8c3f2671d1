/** A test network with injected pods in it. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type * as httpGetPeer from '../peers/http-get.ts';
import { readMetric } from '../../api/metrics.ts';
import type { Child } from '../../process/child.ts';
import type { Host } from './host.ts';
import { injectByWebhook, injectManually, type Pod } from './inject.ts';
import { runInitContainer, startProxyContainer, type ContainerSpec } from './kubelet.ts';
import { createNetwork, type Network } from './network.ts';
import { peer } from './peer.ts';

export interface PodOptions {
  readonly annotations?: Readonly<Record<string, string>>;
  /** Default: one container without ports. */
  readonly containers?: readonly object[];
  /** The text of a configuration file for `inject`. */
  readonly config?: string;
  /** Let the webhook inject it, instead of `inject --manual`. */
  readonly byWebhook?: boolean;
}

export interface MeshedPod {
  readonly host: Host;
  readonly pod: Pod;
  readonly init: ContainerSpec;
  readonly proxy: ContainerSpec;
  readonly envoy: Child;
  /** The whole text of /metrics on 4191, as Prometheus would get it. */
  scrape(): Promise<string>;
  /** The sum of the samples of a metric with these labels. */
  metric(name: string, labels?: Readonly<Record<string, string>>): Promise<number>;
}

export interface Mesh extends Network {
  /** Injects a pod and runs its init container and proxy; the application is for the test to start. */
  addPod(name: string, options?: PodOptions): Promise<MeshedPod>;
}

const httpGet = peer<typeof httpGetPeer>('http-get');

export async function createMesh(): Promise<Mesh> {
  const network = await createNetwork();
  const { node } = network;
  const get = node.use(httpGet).httpGet;
  const probe = async (url: string): Promise<number> => (await get(url)).status;

  return {
    ...network,
    async addPod(name, options = {}) {
      const pod = await injectPod(name, options);
      const [init, proxy] = pod.spec.initContainers?.[1]?.name.endsWith('-proxy')
        ? [pod.spec.initContainers[0]!, pod.spec.initContainers[1]]
        : [pod.spec.initContainers!.at(-1)!, pod.spec.containers[0]!];
      const host = await network.addHost(name);
      await runInitContainer(host, init);
      const envoy = await startProxyContainer(host, proxy, probe);
      const adminPort = proxy.startupProbe?.httpGet.port ?? proxy.readinessProbe?.httpGet.port;
      const scrape = async (): Promise<string> => (await get(`http://${host.ip}:${adminPort}/metrics`)).text;
      const metric: MeshedPod['metric'] = async (of, labels) => readMetric(await scrape(), of, labels);
      return { host, pod, init, proxy, envoy, scrape, metric };
    },
  };
}

async function injectPod(name: string, options: PodOptions): Promise<Pod> {
  const { annotations = {}, containers = [{ name: 'app', image: 'app:1' }], config, byWebhook } = options;
  const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name, annotations }, spec: { containers } };
  if (byWebhook) return injectByWebhook(pod);
  if (config === undefined) return injectManually(pod);
  const dir = await mkdtemp(join(tmpdir(), 'outrigger-config-'));
  try {
    await writeFile(join(dir, 'config.yaml'), config);
    return await injectManually(pod, { config: join(dir, 'config.yaml') });
  } finally {
    await rm(dir, { recursive: true });
  }
}
