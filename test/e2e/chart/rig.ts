/** A node on which the chart's own pods run, with images under the names that the chart and the program know. */
import { envoy } from '../../../src/proxy/envoy/backend.ts';
import { builtInInstallation } from '../../../src/settings/config-values.ts';
import { formatImage } from '../../../src/settings/values/image.ts';
import { version } from '../../../src/commands/package.ts';
import type { ControlPlane } from '../cluster/control-plane.ts';
import { buildOutriggerImage, type BuiltImage } from '../parts/outrigger-image.ts';
import { imageNames } from '../parts/pod-images.ts';
import { containerdSocket } from '../pods/node/containerd.ts';
import { startRealCluster, type RealCluster } from '../pods/node/real-cluster.ts';
import { openHelm, type Helm } from './helm.ts';

export interface ChartRig {
  readonly cluster: RealCluster;
  readonly cp: ControlPlane;
  readonly helm: Helm;
  readonly image: BuiltImage;
  /** Runs containerd's client in the node. */
  ctr(...args: string[]): Promise<string>;
  stop(): Promise<void>;
}

/** The API server stands outside of the node, where Services have no addresses: it dials their pods itself. */
const apiServerArgs = ['--enable-aggregator-routing=true', '--endpoint-reconciler-type=lease'];

export async function startChartRig(): Promise<ChartRig> {
  const image = await buildOutriggerImage(version);
  let cluster: RealCluster | undefined;
  let helm: Helm | undefined;
  const stop = async () => {
    await helm?.close();
    await cluster?.stop();
    await image.remove();
  };
  try {
    cluster = await startRealCluster({ apiServerArgs, archives: [image.archive] });
    const { cp, namespaces, debian } = cluster;
    const program = await debian.find('ctr');
    const ctr = (...args: string[]) =>
      namespaces.run(program, ['--address', containerdSocket, '--namespace', 'k8s.io', ...args]);
    for (const [from, to] of injectedImages()) await ctr('images', 'tag', from, to);
    helm = await openHelm('helm 4', cp.kubeconfig);
    return { cluster, cp, helm, image, ctr, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Our images for tests, and what the program injects by default. */
function injectedImages(): [string, string][] {
  const { defaults } = builtInInstallation(envoy.defaults);
  const nameOf = (key: 'init-image' | 'proxy-image') => {
    const { value } = defaults[key];
    if (value === null) throw new Error(`${key} has no default`);
    return formatImage(value);
  };
  const proxy = nameOf('proxy-image');
  return [
    [imageNames.init, nameOf('init-image')],
    [imageNames.proxy, proxy.startsWith('envoyproxy/') ? `docker.io/${proxy}` : proxy],
  ];
}
