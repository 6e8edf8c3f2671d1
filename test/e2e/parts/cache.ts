import { homedir } from 'node:os';
import { join } from 'node:path';
import { etcdVersion, kubectlLayer, kubernetesVersion } from './versions.ts';

/** Where binaries are kept, outside the tree so that a clean checkout does not build them again. */
export function findBinDir(): string {
  const cache = process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache');
  const versions = `kubernetes-${kubernetesVersion}_etcd-${etcdVersion}_kubectl-layer-${kubectlLayer.version}`;
  return join(cache, 'outrigger-e2e', versions, 'bin');
}
