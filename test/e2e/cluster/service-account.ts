import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ControlPlane } from './control-plane.ts';
import { renderKubeconfig } from './kubeconfig.ts';

/**
 * Writes a kubeconfig with a real token of an existing service account, and returns its path: what the program
 * under test may do is then decided by RBAC, as in a cluster. The token holds for an hour.
 */
export async function writeServiceAccountKubeconfig(
  cp: ControlPlane,
  namespace: string,
  name: string,
): Promise<string> {
  const token = (await cp.kubectlOk(['create', 'token', name, '--namespace', namespace])).trim();
  const path = join(cp.dir, `${namespace}.${name}.kubeconfig`);
  await writeFile(path, renderKubeconfig({ url: cp.url, caCertificate: cp.ca.certificate, user: { token } }));
  await chmod(path, 0o600);
  return path;
}
