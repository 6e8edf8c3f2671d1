/**
 * The chart in a control plane without nodes: helm installs it, and the program runs where the API server dials the
 * chart's Service: on its ClusterIP, which is an address of loopback. Its rights are those of the chart's account.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { getText } from '../api/http-text.ts';
import type { ControlPlane } from '../cluster/control-plane.ts';
import type { KeyPair } from '../cluster/pki.ts';
import { findFreePort } from '../cluster/ports.ts';
import { writeServiceAccountKubeconfig } from '../cluster/service-account.ts';
import { pollUntil } from '../poll-until.ts';
import { startChild, type Child } from '../process/child.ts';
import { chartDir, type Helm } from './helm.ts';

export const program = fileURLToPath(new URL('../../../dist/outrigger.js', import.meta.url));

export interface InstallOptions {
  readonly release?: string;
  /** Of the release. Default `outrigger`. */
  readonly namespace?: string;
  readonly values?: Readonly<Record<string, unknown>>;
  /** Its folder. Default: ours. */
  readonly chart?: string;
  /** More flags of helm. */
  readonly flags?: readonly string[];
}

/** Values for a certificate of the control plane's own CA. */
export function providedBy(cp: ControlPlane): object {
  return { source: 'provided', provided: { secretName: 'outrigger-tls', caBundle: cp.ca.certificate } };
}

/** `helm install` or, if it is there, `helm upgrade`, without waiting for pods: there are no nodes. */
export function install(helm: Helm, cp: ControlPlane, options: InstallOptions = {}): Promise<string> {
  const { release = 'outrigger', namespace = 'outrigger', values = {}, flags = [] } = options;
  const { chart = chartDir } = options;
  const all = { certificates: providedBy(cp), ...values };
  const args = ['upgrade', '--install', release, chart, `--namespace=${namespace}`, '--create-namespace'];
  return helm.ok([...args, ...flags, '--values=-'], JSON.stringify(all));
}

export interface Served {
  readonly child: Child;
  /** How many reviews each path has answered so far. */
  reviews(): Promise<Readonly<Record<string, number>>>;
  readonly url: string;
  stop(signal?: NodeJS.Signals): Promise<void>;
}

export interface ServeOptions {
  readonly release?: string;
  readonly namespace?: string;
  /** Default: of the control plane's CA, for the Service. */
  readonly pair?: KeyPair;
  /** The program makes its certificate itself. */
  readonly isOwn?: boolean;
}

/** @returns the flags that name it */
async function writePair(file: (name: string) => string, { certificate, key }: KeyPair): Promise<string[]> {
  await writeFile(file('tls.crt'), certificate);
  await writeFile(file('tls.key'), key, { mode: 0o600 });
  return [`--cert=${file('tls.crt')}`, `--key=${file('tls.key')}`];
}

/** Runs the program with the configuration, the account and the Service of a release. */
export async function serveRelease(cp: ControlPlane, options: ServeOptions = {}): Promise<Served> {
  const { release = 'outrigger', namespace = 'outrigger' } = options;
  const get = async <T>(kind: string) =>
    JSON.parse(await cp.kubectlOk(['get', kind, release, `--namespace=${namespace}`, '-o', 'json'])) as T;
  const { data } = await get<{ data: { 'config.yaml': string } }>('configmap');
  const { spec } = await get<{ spec: { clusterIP: string } }>('service');
  const dir = join(cp.dir, `serve-${release}-${await findFreePort()}`);
  await mkdir(dir);
  const file = (name: string) => join(dir, name);
  await writeFile(file('config.yaml'), data['config.yaml']);
  const certificate = options.isOwn
    ? [`--own-namespace=${namespace}`]
    : await writePair(file, options.pair ?? (await cp.ca.issueServer([`${release}.${namespace}.svc`])));
  const opsPort = await findFreePort(spec.clusterIP);
  const child = startChild({
    name: 'outrigger',
    command: process.execPath,
    home: dir,
    logFile: file('outrigger.log'),
    args: [
      program,
      'serve',
      `--config=${file('config.yaml')}`,
      `--host=${spec.clusterIP}`,
      '--port=443',
      `--ops-port=${opsPort}`,
      ...certificate,
      `--kubeconfig=${await writeServiceAccountKubeconfig(cp, namespace, release)}`,
    ],
  });
  const ops = (path: string) => getText(`http://${spec.clusterIP}:${opsPort}${path}`);
  await pollUntil(async () => !child.isRunning() || (await ops('/ready')).status === 200, {
    timeoutMs: 60_000,
    what: 'the program to be ready',
  });
  if (!child.isRunning()) throw new Error(`the program ended at once\n${child.readLogTail()}`);
  return {
    child,
    url: `https://${spec.clusterIP}`,
    async reviews() {
      const counts: Record<string, number> = {};
      for (const [, path = '', count] of (await ops('/metrics')).body.matchAll(
        /^outrigger_admission_requests_total\{path="([^"]*)".*\} (\S+)$/gmu,
      ))
        counts[path] = (counts[path] ?? 0) + Number(count);
      return counts;
    },
    stop: (signal) => child.stop(signal),
  };
}

/** Which paths were asked while something happened. */
export async function pathsAsked(served: Served, happening: () => Promise<unknown>): Promise<string[]> {
  const before = await served.reviews();
  await happening();
  const after = await served.reviews();
  return Object.keys(after).filter((path) => after[path] !== before[path]);
}
