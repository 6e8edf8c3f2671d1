import { createProgram, type Program } from '../api/program.ts';
import type { ControlPlane } from '../cluster/control-plane.ts';
import { installWebhook } from '../cluster/install-webhook.ts';
import { imageNames } from '../parts/pod-images.ts';
import { startRealCluster, type RealCluster } from './node/real-cluster.ts';

/** A cluster of a test file's own, with the program at work in it. */
export interface PodsRig {
  readonly cluster: RealCluster;
  readonly cp: ControlPlane;
  /** Sends all further reviews to another program, with these sections more in its configuration. */
  configure(name: string, sections: Readonly<Record<string, unknown>>): Promise<void>;
  stop(): Promise<void>;
}

/** Starts the cluster, and the program with images that the node has; pods of labelled namespaces are injected. */
export async function startPodsRig(): Promise<PodsRig> {
  const cluster = await startRealCluster();
  const { cp } = cluster;
  const programs: Program[] = [];
  const stop = async () => {
    for (const program of programs) await program.stop('SIGKILL');
    await cluster.stop();
  };
  const configure: PodsRig['configure'] = async (name, sections) => {
    const images = { init: reference(imageNames.init), proxy: reference(imageNames.proxy) };
    const program = await createProgram(cp, { name, config: { images, ...sections } });
    programs.push(program);
    await program.start();
    await installWebhook(cp, { url: program.url, caBundle: cp.ca.certificate, failurePolicy: 'Fail' });
  };
  try {
    await configure('outrigger', {});
    return { cluster, cp, configure, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function reference(image: string): { readonly repository: string; readonly tag: string } {
  const [repository = '', tag = ''] = image.split(':');
  return { repository, tag };
}
