import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startChild, type Child } from '../process/child.ts';
import { createTokenKeys, type CertificateAuthority } from './pki.ts';

/**
 * A Service range on loopback: with no kube-proxy the API server dials a webhook's ClusterIP itself, so a test
 * can listen on that address and be reached as through its Service.
 */
const serviceRange = '127.96.0.0/16';

export interface ApiServerOptions {
  readonly command: string;
  readonly dir: string;
  readonly ca: CertificateAuthority;
  readonly etcdUrl: string;
  readonly address: string;
  readonly port: number;
  /** Flags added at the end; the last of a kind wins. */
  readonly extraArgs: readonly string[];
}

/** Path, inside the folder of the control plane, of the key that signs service account tokens. */
export const tokenKeyFile = 'service-account.key';

/** Writes the API server's certificates and keys; the result starts it, again and again, on the same port. */
export async function prepareApiServer(
  options: ApiServerOptions,
): Promise<(moreArgs: readonly string[]) => Child> {
  const { command, dir, ca, address } = options;
  const inDir = (name: string) => join(dir, name);
  const service = ['kubernetes', 'kubernetes.default', 'kubernetes.default.svc'];
  const server = await ca.issueServer([
    ...new Set(['localhost', '127.0.0.1', address, kubernetesServiceIp(options.extraArgs), ...service]),
  ]);
  const tokenKeys = await createTokenKeys();
  await Promise.all([
    writeFile(inDir('ca.crt'), ca.certificate),
    writeFile(inDir('api-server.crt'), server.certificate),
    writeFile(inDir('api-server.key'), server.key, { mode: 0o600 }),
    writeFile(inDir(tokenKeyFile), tokenKeys.privateKey, { mode: 0o600 }),
    writeFile(inDir('service-account.pub'), tokenKeys.publicKey),
  ]);
  return (moreArgs) =>
    startChild({
      name: 'kube-apiserver',
      command,
      home: dir,
      logFile: inDir('kube-apiserver.log'),
      args: [...renderFlags(options, inDir), ...moreArgs],
    });
}

/** The first address of the range for Services is the API server's own. */
function kubernetesServiceIp(extraArgs: readonly string[]): string {
  const flag = '--service-cluster-ip-range=';
  const range = extraArgs.findLast((arg) => arg.startsWith(flag))?.slice(flag.length) ?? serviceRange;
  return range.replace(/\.0\/\d+$/u, '.1');
}

function renderFlags(options: ApiServerOptions, inDir: (name: string) => string): string[] {
  const { etcdUrl, address, port, extraArgs } = options;
  return [
    `--etcd-servers=${etcdUrl}`,
    `--bind-address=${address}`,
    `--advertise-address=${address}`,
    `--secure-port=${port}`,
    `--tls-cert-file=${inDir('api-server.crt')}`,
    `--tls-private-key-file=${inDir('api-server.key')}`,
    `--client-ca-file=${inDir('ca.crt')}`,
    '--authorization-mode=Node,RBAC',
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-signing-key-file=${inDir(tokenKeyFile)}`,
    `--service-account-key-file=${inDir('service-account.pub')}`,
    `--service-cluster-ip-range=${serviceRange}`,
    // Endpoints may not be loopback addresses: the reconciler would fail for ever.
    '--endpoint-reconciler-type=none',
    '--allow-privileged=true',
    '--profiling=false',
    ...extraArgs,
  ];
}
