import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isRunning } from '../process/child.ts';
import { runCommandOk } from '../process/run-command.ts';
import { ensureBaseImages } from './base-images.ts';
import { cacheDir } from './cache.ts';
import { ensureDebianParts, type DebianParts } from './debian.ts';
import { withLock } from './lock.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));

export interface BuiltImage {
  /** Of an archive as `docker save` writes it. */
  readonly archive: string;
  /** `sha256:…`, of the image's configuration: what a pod's status calls its image id. */
  readonly id: string;
  readonly name: string;
  readonly config: ImageConfig;
  /** Of the archive, which is not compressed. */
  readonly bytes: number;
  /** Takes the archive away. */
  remove(): Promise<void>;
}

interface ImageConfig {
  readonly User: string;
  readonly Entrypoint: readonly string[];
  readonly Cmd: readonly string[];
  readonly Labels: Readonly<Record<string, string>>;
}

/** What buildah tells of an image. */
interface Inspected {
  readonly FromImageID: string;
  readonly Docker: { readonly config: ImageConfig };
}

const buildLimitMs = 10 * 60_000;

/** Builds our Dockerfile with buildah, which needs no daemon. Layers are kept, so that a second build is short. */
export async function buildOutriggerImage(version: string): Promise<BuiltImage> {
  const debian = await ensureDebianParts();
  const dir = join(cacheDir(), 'buildah');
  await mkdir(dir, { recursive: true });
  return withLock(join(dir, '.lock'), async () => {
    await removeLeftovers(dir);
    return build(debian, dir, version);
  });
}

/** Folders of runs that were killed: the id of the process stands in the name. */
async function removeLeftovers(dir: string): Promise<void> {
  for (const name of await readdir(dir)) {
    const owner = Number(/^build\.(\d+)\./u.exec(name)?.[1]);
    if (owner > 0 && !isRunning(owner)) await rm(join(dir, name), { recursive: true, force: true });
  }
}

async function build(debian: DebianParts, dir: string, version: string): Promise<BuiltImage> {
  const work = await mkdtemp(join(dir, `build.${process.pid}.`));
  const name = `docker.io/library/outrigger:${version}`;
  const buildah = await openBuildah(debian, dir, work);
  const bases = await baseNames();
  for (const archive of await ensureBaseImages(debian, bases))
    await buildah('pull', `docker-archive:${archive}`);
  const options = ['--isolation=chroot', '--pull=never', '--network=host', '--layers', '--timestamp=0'];
  const results = [`--iidfile=${join(work, 'id')}`, `--tag=${name}`, `--file=${join(root, 'Dockerfile')}`];
  await buildah('build', ...options, ...(await registryOptions(work)), ...results, root);
  const archive = join(work, 'image.tar');
  await buildah('push', name, `docker-archive:${archive}:${name}`);
  const { FromImageID, Docker } = JSON.parse(await buildah('inspect', '--type=image', name)) as Inspected;
  return {
    archive,
    id: `sha256:${FromImageID}`,
    name,
    config: Docker.config,
    bytes: (await stat(archive)).size,
    remove: () => rm(work, { recursive: true, force: true }),
  };
}

type Buildah = (verb: string, ...args: string[]) => Promise<string>;

/** With storage and settings of its own; `overlay`, as copying each layer is far slower. */
async function openBuildah(debian: DebianParts, dir: string, work: string): Promise<Buildah> {
  const command = await debian.find('buildah');
  const policy = join(work, 'policy.json');
  const registries = join(work, 'registries.conf');
  await writeFile(policy, JSON.stringify({ default: [{ type: 'insecureAcceptAnything' }] }));
  await writeFile(registries, 'unqualified-search-registries = []\n');
  const storage = ['--root', join(dir, 'storage'), '--runroot', join(dir, 'run'), '--storage-driver=overlay'];
  const env = { ...debian.env, HOME: work, TMPDIR: work, CONTAINERS_REGISTRIES_CONF: registries };
  const inView = await libraryView(debian, work);
  const withPolicy = new Set(['pull', 'push', 'build']);
  return (verb, ...args) => {
    const signature = withPolicy.has(verb) ? [`--signature-policy=${policy}`] : [];
    const [program, ...options] = [...inView, command, ...storage, verb, ...signature, ...args];
    return runCommandOk(program ?? '', options, { env, timeoutMs: buildLimitMs });
  };
}

/**
 * What to run a program by that starts itself anew without our environment: in a mount namespace of its own, where
 * the loader's cache knows the unpacked libraries.
 */
async function libraryView({ env }: DebianParts, work: string): Promise<string[]> {
  const folders = (env['LD_LIBRARY_PATH'] ?? '').split(':');
  const config = join(work, 'ld.so.conf');
  const cache = join(work, 'ld.so.cache');
  await writeFile(config, `include /etc/ld.so.conf\n${folders.join('\n')}\n`);
  await runCommandOk('ldconfig', ['-X', '-f', config, '-C', cache]);
  const script = `mount --bind '${cache}' /etc/ld.so.cache && exec "$@"`;
  return ['unshare', '--mount', 'sh', '-c', script, 'sh'];
}

async function npmSetting(key: string): Promise<string> {
  return (await runCommandOk('npm', ['config', 'get', key])).trim();
}

/** The machine's way to its npm registry, for `RUN npm ci`. */
async function registryOptions(work: string): Promise<string[]> {
  const [registry, cafile] = [await npmSetting('registry'), await npmSetting('cafile')];
  const npmrc = join(work, 'npmrc');
  const hasCa = cafile !== 'null' && cafile !== '';
  await writeFile(npmrc, `registry=${registry}\n${hasCa ? 'cafile=/etc/npm-ca.crt\n' : ''}`);
  return [
    `--volume=${npmrc}:/root/.npmrc:ro`,
    ...(hasCa ? [`--volume=${cafile}:/etc/npm-ca.crt:ro`] : []),
    '--volume=/etc/resolv.conf:/etc/resolv.conf:ro',
  ];
}

/** The names that the Dockerfile builds upon unless it is told otherwise. */
async function baseNames() {
  const text = await readFile(join(root, 'Dockerfile'), 'utf8');
  const argument = (name: string) => {
    const value = new RegExp(`^ARG ${name}=(\\S+)$`, 'mu').exec(text)?.[1];
    if (value === undefined) throw new Error(`the Dockerfile has no ARG ${name}`);
    return value;
  };
  return { build: argument('BUILD_IMAGE'), node: argument('NODE_IMAGE') };
}
