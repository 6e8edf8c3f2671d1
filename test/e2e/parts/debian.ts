import { createHash } from 'node:crypto';
import { access, constants, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { runCommandOk } from '../process/run-command.ts';
import { cacheDir } from './cache.ts';
import { withLock } from './lock.ts';
import { debianPackages } from './versions.ts';

/** Real servers and tools from Debian's packages, unpacked into the cache: nothing is installed or started. */
export interface DebianParts {
  /** The folder that the packages were unpacked into. */
  readonly root: string;
  /** What a program from there needs to find its libraries, extensions and fellows. */
  readonly env: Readonly<Record<string, string>>;
  /** The absolute path of a program, unpacked or of the machine. Throws a line that names it. */
  find(program: string): Promise<string>;
}

const programDirs = ['usr/sbin', 'usr/bin', 'sbin', 'bin'];

/** Unpacks the packages and what they depend on, as far as the machine lacks it. Needs apt-get and dpkg. */
export async function ensureDebianParts(): Promise<DebianParts> {
  const key = createHash('sha256').update(debianPackages.join()).digest('hex').slice(0, 12);
  const cache = cacheDir();
  const root = join(cache, `debian-${key}`);
  await mkdir(cache, { recursive: true });
  await withLock(`${root}.lock`, async () => {
    if (!(await exists(root))) await unpack(root);
  });
  return describeRoot(root);
}

/** Unpacked under another name and renamed: a folder of that name is always whole. */
async function unpack(root: string): Promise<void> {
  const work = await mkdtemp(`${root}.`);
  try {
    const archives = await download(join(work, 'apt'));
    for (const archive of archives) await runCommandOk('dpkg-deb', ['-x', archive, join(work, 'root')]);
    await rename(join(work, 'root'), root);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`no real servers: Debian's packages cannot be unpacked into ${root}: ${reason}`, {
      cause: error,
    });
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** Downloads with lists and archives of our own, so that the machine's apt is not touched. */
async function download(dir: string): Promise<string[]> {
  const archives = join(dir, 'archives');
  await mkdir(join(dir, 'lists', 'partial'), { recursive: true });
  await mkdir(join(archives, 'partial'), { recursive: true });
  // The sandbox user `_apt` could not write here.
  const settings = [
    `Dir::State::lists=${join(dir, 'lists')}`,
    `Dir::Cache=${dir}`,
    'APT::Sandbox::User=root',
  ];
  const options = settings.flatMap((setting) => ['-o', setting]);
  await runCommandOk('apt-get', [...options, '-qq', 'update']);
  const install = ['-qq', '--yes', '--download-only', '--no-install-recommends', '--reinstall', 'install'];
  await runCommandOk('apt-get', [...options, ...install, ...debianPackages]);
  const names = await readdir(archives);
  return names.filter((name) => name.endsWith('.deb')).map((name) => join(archives, name));
}

async function describeRoot(root: string): Promise<DebianParts> {
  const libraries = join(root, 'usr/lib', debianArchitecture());
  const versioned = await postgresqlDirs(root);
  const dirs = [...programDirs.map((dir) => join(root, dir)), ...versioned];
  const path = [...dirs, process.env['PATH'] ?? ''].join(delimiter);
  return {
    root,
    env: {
      PATH: path,
      LD_LIBRARY_PATH: [libraries, join(root, 'lib', debianArchitecture())].join(':'),
      XTABLES_LIBDIR: join(libraries, 'xtables'),
    },
    find: (program) => findIn(path, program),
  };
}

/** Debian keeps the programs of each major version of PostgreSQL in a folder of their own. */
async function postgresqlDirs(root: string): Promise<string[]> {
  const dir = join(root, 'usr/lib/postgresql');
  const versions = await readdir(dir).catch(() => []);
  return versions.map((version) => join(dir, version, 'bin'));
}

function debianArchitecture(): string {
  return process.arch === 'arm64' ? 'aarch64-linux-gnu' : 'x86_64-linux-gnu';
}

async function findIn(path: string, program: string): Promise<string> {
  for (const dir of path.split(delimiter)) {
    if (await exists(join(dir, program))) return join(dir, program);
  }
  throw new Error(`no "${program}" in Debian's packages (test/e2e/parts/versions.ts) or on PATH`);
}

async function exists(path: string): Promise<boolean> {
  return access(path, constants.F_OK).then(
    () => true,
    () => false,
  );
}
