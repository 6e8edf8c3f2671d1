import { createHash } from 'node:crypto';
import { access, mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cacheDir } from './cache.ts';
import { buildGoBinary } from './go-binary.ts';
import { withLock } from './lock.ts';

/** Programs of small Go modules under this folder: the module's own folder, and the package in it. */
const programs = {
  'proxy-init': ['proxy-init', 'github.com/linkerd/linkerd2-proxy-init'],
  'grpc-peer': ['grpc', '.'],
  'ferretdb-server': ['ferretdb', './server'],
  'ferretdb-client': ['ferretdb', './client'],
  'pod-init': ['pod-programs', './init'],
  'pod-app': ['pod-programs', './app'],
} as const;

export type GoProgram = keyof typeof programs;

export const goPrograms = Object.keys(programs) as readonly GoProgram[];

/** The absolute path of a program, built when anything in its folder has changed. Throws in one line. */
export async function ensureGoProgram(name: GoProgram): Promise<string> {
  const [module, packagePath] = programs[name];
  const dir = fileURLToPath(new URL(`./${module}/`, import.meta.url));
  const binDir = join(cacheDir(), `${module}-${await digestOf(dir)}`);
  await mkdir(binDir, { recursive: true });
  await withLock(join(binDir, `.${name}.lock`), async () => {
    if (!(await exists(join(binDir, name)))) await buildGoBinary(name, packagePath, binDir, dir);
  });
  return join(binDir, name);
}

async function digestOf(dir: string): Promise<string> {
  const hash = createHash('sha256');
  for (const name of (await readdir(dir, { recursive: true })).toSorted()) {
    hash.update(`${name}\0`).update(await readFile(join(dir, name)).catch(() => ''));
  }
  return hash.digest('hex').slice(0, 12);
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
