import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startControlPlane, type ControlPlane } from '../../cluster/control-plane.ts';
import { renderKubeconfig } from '../../cluster/kubeconfig.ts';
import { createCertificateAuthority, type ClientIdentity } from '../../cluster/pki.ts';
import { serviceRange, type NodeNetwork } from './network.ts';

/** Name, in the folder, of the CA whose clients the kubelet obeys. */
export const kubeletClientCa = 'kubelet-client-ca.crt';

/** A control plane that dials its node's kubelet for logs and exec, with a certificate of its own. */
export async function startNodesControlPlane(
  dir: string,
  { outerAddress }: NodeNetwork,
  apiServerArgs: readonly string[] = [],
): Promise<ControlPlane> {
  const ca = await createCertificateAuthority('outrigger e2e kubelet clients');
  const client = await ca.issueClient({ user: 'kube-apiserver' });
  const file = (name: string) => join(dir, name);
  await writeFile(file(kubeletClientCa), ca.certificate);
  await writeFile(file('kubelet-client.crt'), client.certificate);
  await writeFile(file('kubelet-client.key'), client.key, { mode: 0o600 });
  return startControlPlane({
    dir,
    address: outerAddress,
    apiServerArgs: [
      `--service-cluster-ip-range=${serviceRange}`,
      '--kubelet-preferred-address-types=InternalIP',
      `--kubelet-client-certificate=${file('kubelet-client.crt')}`,
      `--kubelet-client-key=${file('kubelet-client.key')}`,
      ...apiServerArgs,
    ],
    // All of them: one takes the taint away from a node that is ready.
    controllerManagerArgs: ['--controllers=*'],
  });
}

/** Writes a kubeconfig for one of the cluster's own clients and returns its path. */
export async function writeKubeconfig(
  cp: ControlPlane,
  dir: string,
  identity: ClientIdentity,
): Promise<string> {
  const path = join(dir, `${identity.user}.kubeconfig`);
  const clientCertificate = await cp.ca.issueClient(identity);
  const text = renderKubeconfig({
    url: cp.url,
    caCertificate: cp.ca.certificate,
    user: { clientCertificate },
  });
  await writeFile(path, text, { mode: 0o600 });
  return path;
}
