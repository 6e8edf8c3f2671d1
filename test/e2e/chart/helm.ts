import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseAllDocuments } from 'yaml';
import { ensurePart } from '../parts/build.ts';
import { ensureHelm3 } from '../parts/kubectl-layer.ts';
import { runCommand, type CommandResult } from '../process/run-command.ts';

export const chartDir = fileURLToPath(new URL('../../../charts/outrigger', import.meta.url));

/** An object of the chart, as it is rendered. */
export interface Rendered {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly [field: string]: unknown;
}

export interface Helm {
  /** Runs it to its end, whatever its exit code. */
  run(args: readonly string[], stdin?: string): Promise<CommandResult>;
  /** For what must work: its stdout; throws with its stderr. */
  ok(args: readonly string[], stdin?: string): Promise<string>;
  close(): Promise<void>;
}

export const helmVersions = ['helm 4', 'helm 3'] as const;

export type HelmVersion = (typeof helmVersions)[number];

/** helm with a home of its own. @param kubeconfig absent: it knows no cluster */
export async function openHelm(version: HelmVersion = 'helm 4', kubeconfig?: string): Promise<Helm> {
  const command = version === 'helm 4' ? await ensurePart('helm') : await ensureHelm3();
  const home = await mkdtemp(join(tmpdir(), 'outrigger-e2e-helm-'));
  const env = {
    PATH: process.env['PATH'],
    HOME: home,
    KUBECONFIG: kubeconfig ?? join(home, 'no-kubeconfig'),
  };
  const run = (args: readonly string[], stdin = '') =>
    runCommand(command, args, { env, cwd: home, stdin, timeoutMs: 300_000 });
  return {
    run,
    async ok(args, stdin) {
      const { code, stdout, stderr } = await run(args, stdin);
      if (code === 0) return stdout;
      throw new Error(`helm ${args.join(' ')} ended with ${code}: ${stderr}\n${stdout.slice(-2000)}`);
    },
    close: () => rm(home, { recursive: true, force: true }),
  };
}

/** `helm template` with values as data. */
export function template(helm: Helm, values: object = {}, release = 'outrigger'): Promise<string> {
  return helm.ok(templateArgs(release), JSON.stringify(values));
}

export const templateArgs = (release = 'outrigger'): string[] => [
  'template',
  release,
  chartDir,
  '--namespace=outrigger',
  '--values=-',
];

export function objectsIn(text: string): Rendered[] {
  return parseAllDocuments(text)
    .map((document) => document.toJS() as Rendered | null)
    .filter((object) => object !== null);
}

/** The one object of a kind, by name if there are more. */
export function objectOf(objects: readonly Rendered[], kind: string, name?: string): Rendered {
  const found = objects.filter(
    (one) => one.kind === kind && (name === undefined || one.metadata.name === name),
  );
  const [object] = found;
  if (!object || found.length > 1) throw new Error(`${found.length} objects are ${kind} ${name ?? ''}`);
  return object;
}
