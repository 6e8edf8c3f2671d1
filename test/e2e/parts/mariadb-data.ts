import { mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { runCommandOk } from '../process/run-command.ts';
import { cacheDir } from './cache.ts';
import type { DebianParts } from './debian.ts';
import { withLock } from './lock.ts';
import type { TarEntry } from './tar.ts';

/** A user without a password, from everywhere. */
export const mariadbUser = 'app';

/** The data folder of a fresh MariaDB as files of an image under `data/`, which anybody may write to. */
export async function ensureMariadbData(debian: DebianParts): Promise<TarEntry[]> {
  const dir = join(cacheDir(), `mariadb-data-1-${debian.root.split('-').at(-1)}`);
  await withLock(`${dir}.lock`, async () => {
    if ((await readdir(dir).catch(() => [])).length === 0) await initialise(debian, dir);
  });
  const found = await readdir(dir, { recursive: true, withFileTypes: true });
  const entries = found.map((one): TarEntry => {
    const source = join(one.parentPath, one.name);
    const path = `data${source.slice(dir.length)}`;
    return one.isDirectory()
      ? { path, mode: 0o777, content: { kind: 'folder' } }
      : { path, mode: 0o666, content: { kind: 'file', source } };
  });
  return [
    { path: 'data', mode: 0o777, content: { kind: 'folder' } },
    ...entries.toSorted((a, b) => (a.path < b.path ? -1 : 1)),
  ];
}

/** Made under another name and renamed: a folder of that name is always whole. */
async function initialise(debian: DebianParts, dir: string): Promise<void> {
  const unfinished = await mkdtemp(`${dir}.`);
  const basedir = `--basedir=${join(debian.root, 'usr')}`;
  const env = debian.env;
  try {
    const small = ['--innodb-log-file-size=4M', '--innodb-autoextend-increment=1'];
    const options = ['--no-defaults', basedir, `--datadir=${unfinished}`];
    const account = ['--auth-root-authentication-method=normal', '--skip-test-db', '--user=root'];
    await runCommandOk(
      'sh',
      [await debian.find('mariadb-install-db'), ...options, ...account, '--skip-name-resolve', ...small],
      { env },
    );
    // One statement a line.
    const stdin = `FLUSH PRIVILEGES;\nCREATE USER '${mariadbUser}'@'%';\n`;
    const server = [...options, '--user=root', '--bootstrap', ...small];
    await runCommandOk(await debian.find('mariadbd'), server, { env, stdin });
    await rename(unfinished, dir);
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
}
