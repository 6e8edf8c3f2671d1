import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ControlPlane } from '../cluster/control-plane.ts';
import { createNamespace, applyManifests } from '../cluster/objects.ts';
import type { KeyPair } from '../cluster/pki.ts';
import { findFreePort } from '../cluster/ports.ts';
import { writeServiceAccountKubeconfig } from '../cluster/service-account.ts';
import { pollUntil } from '../poll-until.ts';
import { startChild, type Child } from '../process/child.ts';
import { getText, type HttpText } from './http-text.ts';

const startLimitMs = 30_000;

const bundle = fileURLToPath(new URL('../../../dist/outrigger.js', import.meta.url));
const entry = fileURLToPath(new URL('../../../src/bin/outrigger.ts', import.meta.url));

/** The webhook under test: `outrigger serve`, a process of its own. It can be ended and started again. */
export interface Program {
  /** https://127.0.0.1:PORT */
  readonly url: string;
  readonly pid: number;
  isRunning(): boolean;
  /** Null while it runs, and when a signal ended it. */
  exitCode(): number | null;
  /** Starts it on the same ports, and resolves when it answers /live. */
  launch(): Promise<void>;
  /** As {@link launch}, and resolves when it says that it is ready. */
  start(): Promise<void>;
  /** Resolves when it is gone. */
  stop(signal?: NodeJS.Signals): Promise<void>;
  /** GETs a path of the operations port: /live, /ready, /metrics. */
  ops(path: string): Promise<HttpText>;
  metrics(): Promise<string>;
  /** Everything that it has written, of all its lives. */
  log(): Promise<string>;
  /** Swaps certificate and key as the kubelet does in a Secret's volume: by one rename of a link. */
  replaceCertificate(pair: KeyPair): Promise<void>;
}

export interface ProgramOptions {
  /** Of its folder, its service account and its role. Default `outrigger`. */
  readonly name?: string;
  /** How long it goes on after SIGTERM. Default `0s`, as most tests have no use for it. */
  readonly shutdownDelay?: string;
  /** What its role may do with namespaces. Default: what it needs. */
  readonly namespaceVerbs?: readonly string[];
  /** It makes its own certificate there, as that account. Without it: an account of its own, and files. */
  readonly own?: { readonly namespace: string; readonly kubeconfig: string };
  /** More sections of its configuration file. */
  readonly config?: Readonly<Record<string, unknown>>;
}

/** Writes everything the program needs: account, role, kubeconfig, settings, certificate. Does not start it. */
export async function createProgram(cp: ControlPlane, options: ProgramOptions = {}): Promise<Program> {
  const { name = 'outrigger', shutdownDelay = '0s', namespaceVerbs = ['get', 'list', 'watch'] } = options;
  if (!existsSync(bundle) && !process.env['OUTRIGGER_SOURCE'])
    throw new Error(
      'dist/outrigger.js is missing: npm run prepare makes it; OUTRIGGER_SOURCE=1 does without',
    );
  const dir = join(cp.dir, name);
  await mkdir(dir);
  const { own } = options;
  if (!own) await createAccount(cp, name, namespaceVerbs);
  const kubeconfig = own?.kubeconfig ?? (await writeServiceAccountKubeconfig(cp, name, name));
  const config = join(dir, 'outrigger.yaml');
  await writeFile(
    config,
    JSON.stringify({ cluster: { ipv6: false }, server: { shutdownDelay }, ...options.config }),
  );
  if (!own) await writeCertificate(dir, await cp.ca.issueServer(['127.0.0.1']));
  const source = own
    ? [`--own-namespace=${own.namespace}`]
    : [`--cert=${join(dir, 'tls.crt')}`, `--key=${join(dir, 'tls.key')}`];
  const [port, opsPort] = [await findFreePort(), await findFreePort()];
  const logFile = join(dir, 'outrigger.log');
  let child: Child | undefined;

  const ops = (path: string) => getText(`http://127.0.0.1:${opsPort}${path}`);
  const isAnswering = async (path: string): Promise<boolean> => {
    if (!child?.isRunning()) return true; // nothing to wait for
    return (await ops(path)).status === 200;
  };
  const waitFor = async (path: string): Promise<void> => {
    await pollUntil(() => isAnswering(path), { timeoutMs: startLimitMs, what: `200 on ${path}` });
    if (!child?.isRunning()) throw new Error(`outrigger ended at once\n${child?.readLogTail()}`);
  };
  const launch = async (): Promise<void> => {
    if (child?.isRunning()) throw new Error('outrigger runs already');
    child = startChild({
      name,
      command: process.execPath,
      home: dir,
      logFile,
      args: [
        process.env['OUTRIGGER_SOURCE'] ? entry : bundle,
        'serve',
        '--host=127.0.0.1',
        `--config=${config}`,
        `--kubeconfig=${kubeconfig}`,
        ...source,
        `--port=${port}`,
        `--ops-port=${opsPort}`,
      ],
    });
    await waitFor('/live');
  };
  return {
    url: `https://127.0.0.1:${port}`,
    get pid() {
      if (!child) throw new Error('outrigger was not started');
      return child.pid;
    },
    isRunning: () => child?.isRunning() ?? false,
    exitCode: () => child?.exitCode() ?? null,
    launch,
    async start() {
      await launch();
      await waitFor('/ready');
    },
    stop: async (signal) => child?.stop(signal),
    ops,
    metrics: async () => (await ops('/metrics')).body,
    log: () => readFile(logFile, 'utf8'),
    replaceCertificate: (pair) => writeCertificate(dir, pair),
  };
}

/** A namespace and a service account with exactly the rights that the program needs. */
async function createAccount(
  cp: ControlPlane,
  name: string,
  namespaceVerbs: readonly string[],
): Promise<void> {
  const rbac = 'rbac.authorization.k8s.io';
  await createNamespace(cp, name);
  await applyManifests(cp, [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace: name } },
    {
      apiVersion: `${rbac}/v1`,
      kind: 'ClusterRole',
      metadata: { name },
      rules: [
        { apiGroups: [''], resources: ['namespaces'], verbs: namespaceVerbs },
        { apiGroups: [''], resources: ['events'], verbs: ['create'] },
      ],
    },
    {
      apiVersion: `${rbac}/v1`,
      kind: 'ClusterRoleBinding',
      metadata: { name },
      roleRef: { apiGroup: rbac, kind: 'ClusterRole', name },
      subjects: [{ kind: 'ServiceAccount', name, namespace: name }],
    },
  ]);
}

let revision = 0;

async function writeCertificate(dir: string, { certificate, key }: KeyPair): Promise<void> {
  revision += 1;
  const data = `..${revision}`;
  await mkdir(join(dir, data));
  await writeFile(join(dir, data, 'tls.crt'), certificate);
  await writeFile(join(dir, data, 'tls.key'), key, { mode: 0o600 });
  await symlink(data, join(dir, '..data_tmp'));
  await rename(join(dir, '..data_tmp'), join(dir, '..data'));
  for (const file of ['tls.crt', 'tls.key'])
    if (!existsSync(join(dir, file))) await symlink(join('..data', file), join(dir, file));
}
