import { rmSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureParts } from '../parts/build.ts';
import type { Child } from '../process/child.ts';
import { endAtExit, forget } from '../process/leftovers.ts';
import type { CommandResult } from '../process/run-command.ts';
import { createApiGet, type ApiGet } from './api-client.ts';
import { prepareApiServer } from './api-server.ts';
import { startControllerManager } from './controller-manager.ts';
import { startEtcd } from './etcd.ts';
import { renderKubeconfig } from './kubeconfig.ts';
import { createKubectl, type KubectlOptions } from './kubectl.ts';
import { createCertificateAuthority, type CertificateAuthority } from './pki.ts';
import { findFreePort } from './ports.ts';
import { waitUntilReady } from './wait-until-ready.ts';

export interface ControlPlaneOptions {
  /** Made if missing, and removed by `stop`. Default: a new folder for temporary files. */
  readonly dir?: string;
  /** Where the API server listens. Default 127.0.0.1; 127.96.0.1 with port 443 is its own Service's address. */
  readonly address?: string;
  /** Default: a free one. */
  readonly port?: number;
  readonly apiServerArgs?: readonly string[];
  readonly controllerManagerArgs?: readonly string[];
}

/** etcd, kube-apiserver and kube-controller-manager, all on loopback. No node, no kubelet, no scheduler. */
export interface ControlPlane {
  /** Holds state and the logs: etcd.log, kube-apiserver.log, kube-controller-manager.log. */
  readonly dir: string;
  readonly url: string;
  /** Path of a kubeconfig with every right. */
  readonly kubeconfig: string;
  /** Signs the certificate of a webhook under test as well. */
  readonly ca: CertificateAuthority;
  readonly pids: () => number[];
  /** Runs kubectl as administrator, whatever its exit code. */
  kubectl(args: readonly string[], options?: KubectlOptions): Promise<CommandResult>;
  /** The same for what must work: its stdout; throws with its stderr. */
  kubectlOk(args: readonly string[], options?: KubectlOptions): Promise<string>;
  /** GETs a path of the API server as administrator. */
  get: ApiGet;
  /** The API server's /metrics, in Prometheus' text format. */
  metrics(): Promise<string>;
  /** By SIGKILL, as SIGTERM waits for the watches of clients for up to a minute; etcd keeps the state. */
  stopApiServer(): Promise<void>;
  /** Starts it on the same port and resolves when it is ready. @param args more flags, for this start */
  startApiServer(args?: readonly string[]): Promise<void>;
  restartApiServer(args?: readonly string[]): Promise<void>;
  /** Ends everything, the last started first, and removes the folder. May be called twice. */
  stop(): Promise<void>;
}

/**
 * Starts a control plane and resolves when pods can be created in namespace `default`: about 3 s, and some
 * minutes before that when the binaries have to be built. What it has started is ended if it fails.
 */
export async function startControlPlane(options: ControlPlaneOptions = {}): Promise<ControlPlane> {
  const commands = await ensureParts(['etcd', 'kube-apiserver', 'kube-controller-manager', 'kubectl']);
  const dir = await makeDir(options.dir);
  const removal = endAtExit(() => rmSync(dir, { recursive: true, force: true }));
  const others: Child[] = [];
  let apiServer: Child | undefined;

  const stop = async () => {
    // SIGKILL: what they would write down on the way out is removed in the next moment.
    for (const child of others.slice(1).toReversed()) await child.stop('SIGKILL');
    await apiServer?.stop('SIGKILL');
    await others[0]?.stop('SIGKILL');
    await rm(dir, { recursive: true, force: true });
    forget(removal);
  };

  try {
    const address = options.address ?? '127.0.0.1';
    const port = options.port ?? (await findFreePort(address));
    const url = `https://${address}:${port}`;
    const ca = await createCertificateAuthority('outrigger e2e');
    const admin = await ca.issueClient({ user: 'e2e-admin', groups: ['system:masters'] });
    const kubeconfig = join(dir, 'admin.kubeconfig');
    await writeFile(
      kubeconfig,
      renderKubeconfig({ url, caCertificate: ca.certificate, user: { clientCertificate: admin } }),
      {
        mode: 0o600,
      },
    );
    const get = createApiGet(url, ca.certificate, admin);
    const kubectl = createKubectl(commands.kubectl, kubeconfig, dir);

    const etcd = await startEtcd(commands.etcd, dir);
    others.push(etcd.child);
    const spawnApiServer = await prepareApiServer({
      command: commands['kube-apiserver'],
      dir,
      ca,
      etcdUrl: etcd.url,
      address,
      port,
      extraArgs: options.apiServerArgs ?? [],
    });
    const startApiServer = async (args: readonly string[] = []) => {
      if (apiServer?.isRunning()) return;
      apiServer = spawnApiServer(args);
      await waitUntilReady(apiServer, async () => (await get('/readyz')).status === 200);
    };
    const stopApiServer = async () => apiServer?.stop('SIGKILL');
    await startApiServer();
    const controllerManager = startControllerManager({
      command: commands['kube-controller-manager'],
      dir,
      kubeconfig,
      extraArgs: options.controllerManagerArgs ?? [],
    });
    others.push(controllerManager);
    await waitUntilReady(
      controllerManager,
      async () => (await get('/api/v1/namespaces/default/serviceaccounts/default')).status === 200,
    );

    return {
      dir,
      url,
      kubeconfig,
      ca,
      pids: () =>
        [...others, ...(apiServer ? [apiServer] : [])].filter((c) => c.isRunning()).map((c) => c.pid),
      ...kubectl,
      get,
      metrics: async () => (await get('/metrics')).body,
      startApiServer,
      stopApiServer,
      async restartApiServer(args = []) {
        await stopApiServer();
        await startApiServer(args);
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function makeDir(wanted: string | undefined): Promise<string> {
  if (wanted === undefined) return mkdtemp(join(tmpdir(), 'outrigger-e2e-'));
  await mkdir(wanted, { recursive: true });
  return wanted;
}
