import type { ControlPlane } from '../../cluster/control-plane.ts';
import { ensureParts } from '../../parts/build.ts';
import { ensureDebianParts, type DebianParts } from '../../parts/debian.ts';
import { ensurePodImages } from '../../parts/pod-images.ts';
import type { Child } from '../../process/child.ts';
import { importImages, linkIptables, startContainerd } from './containerd.ts';
import { startNodesControlPlane, writeKubeconfig } from './control-plane.ts';
import { startKubelet } from './kubelet.ts';
import { startNamespaces, type Namespaces } from './namespaces.ts';
import { connectNamespaces } from './network.ts';
import { createRun, type Run } from './run.ts';
import { startKubeProxy, startScheduler } from './services.ts';

/** A control plane with one node, on which pods really run. Pods' addresses can be dialled from the test. */
export interface RealCluster {
  readonly cp: ControlPlane;
  readonly namespaces: Namespaces;
  readonly debian: DebianParts;
  /** Ends everything and removes it. May be called twice. */
  stop(): Promise<void>;
}

export interface RealClusterOptions {
  /** Flags of the API server, added at the end. */
  readonly apiServerArgs?: readonly string[];
  /** Archives of images, beside those that tests always have. */
  readonly archives?: readonly string[];
}

interface Parts {
  readonly commands: Awaited<ReturnType<typeof ensureParts>>;
  readonly debian: DebianParts;
  /** Of the images. */
  readonly archives: readonly string[];
  readonly apiServerArgs: readonly string[];
}

/** What has been started so far. */
interface Started {
  namespaces?: Namespaces;
  cp?: ControlPlane;
  scheduler?: Child;
}

/**
 * Starts all of it and resolves when the node is ready for pods: about 8 s on two cores, the making of parts
 * aside. What it has started is ended if it fails.
 */
export async function startRealCluster(options: RealClusterOptions = {}): Promise<RealCluster> {
  const commands = await ensureParts();
  const debian = await ensureDebianParts();
  const { apiServerArgs = [] } = options;
  const archives = [...(await ensurePodImages()), ...(options.archives ?? [])];
  const parts = { commands, debian, archives, apiServerArgs };
  const run = await createRun();
  const started: Started = {};
  const stop = async () => {
    await started.scheduler?.stop('SIGKILL');
    await started.namespaces?.stop();
    await started.cp?.stop();
    await run.remove();
  };
  try {
    return { ...(await startAll(parts, run, started)), debian, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startAll(
  { commands, debian, archives, apiServerArgs }: Parts,
  { dir, cgroup }: Run,
  started: Started,
): Promise<{ readonly cp: ControlPlane; readonly namespaces: Namespaces }> {
  const path = `${await linkIptables(debian, dir)}:${debian.env['PATH']}`;
  const namespaces = await startNamespaces(dir, { ...debian.env, PATH: path });
  started.namespaces = namespaces;
  const network = await connectNamespaces(namespaces, debian);

  const startingCp = startNodesControlPlane(dir, network, apiServerArgs).then((cp) => (started.cp = cp));
  const images = startContainerd(namespaces, debian, { dir, podRange: network.podRange }).then(() =>
    importImages(namespaces, debian, archives),
  );
  // Both to their ends, so that nothing is still being started when one fails.
  await Promise.allSettled([startingCp, images]);
  await images;
  const cp = await startingCp;

  const service = async (name: 'kube-scheduler' | 'kube-proxy') => ({
    command: commands[name],
    dir,
    kubeconfig: await writeKubeconfig(cp, dir, { user: `system:${name}` }),
  });
  started.scheduler = startScheduler(await service('kube-scheduler'));
  startKubeProxy(namespaces, await service('kube-proxy'));
  const { nodeAddress } = network;
  await startKubelet(namespaces, cp, { command: commands.kubelet, dir, nodeAddress, cgroup });
  return { cp, namespaces };
}
