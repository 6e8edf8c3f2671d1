import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ensureDebianParts, type DebianParts } from './debian.ts';
import { findEnvoy } from './envoy.ts';
import { ensureGoProgram } from './go-program.ts';
import { ensureImageArchive, type ImageSource } from './image-archive.ts';
import { findLibraries } from './libraries.ts';
import { ensureMariadbData } from './mariadb-data.ts';
import type { TarEntry } from './tar.ts';

/** Images by what they are for. The proxy's tag has to be of the Envoy minor that the bootstrap is for. */
export const imageNames = {
  init: 'outrigger.test/proxy-init:v2.4.9',
  proxy: 'outrigger.test/envoy:v1.40.0',
  app: 'outrigger.test/app:1',
  mariadb: 'outrigger.test/mariadb:1',
  pause: 'outrigger.test/pause:1',
} as const;

/** Paths of the archives of all images, made where missing. */
export async function ensurePodImages(): Promise<string[]> {
  const debian = await ensureDebianParts();
  const sources = [
    await initImage(debian),
    await proxyImage(debian),
    ...(await appImages()),
    await mariadbImage(debian),
  ];
  return Promise.all(sources.map(ensureImageArchive));
}

const file = (path: string, source: string): TarEntry => ({
  path,
  mode: 0o755,
  content: { kind: 'file', source },
});
const folder = (path: string, mode: number): TarEntry => ({ path, mode, content: { kind: 'folder' } });
const link = (path: string, target: string): TarEntry => ({ path, content: { kind: 'link', target } });

/**
 * `cap_net_admin,cap_net_raw+eip` as the kernel stores it: revision 2 and the effective bit, then permitted and
 * inheritable, low words and high words. As in the official image: a program without them that does not run as
 * root has no capabilities, whatever its container adds.
 */
function netCapabilities(): Buffer {
  const bits = (1 << 12) | (1 << 13);
  const words = [0x0200_0001, bits, bits, 0, 0];
  const bytes = Buffer.alloc(words.length * 4);
  for (const [index, word] of words.entries()) bytes.writeUInt32LE(word, index * 4);
  return bytes;
}

const withNet = (entry: TarEntry): TarEntry => ({ ...entry, capability: netCapabilities() });

async function initImage(debian: DebianParts): Promise<ImageSource> {
  const entrypoint = await ensureGoProgram('pod-init');
  const xtables = {
    legacy: await debian.find('xtables-legacy-multi'),
    nft: await debian.find('xtables-nft-multi'),
  };
  const extensions = debian.env['XTABLES_LIBDIR'] ?? '';
  return {
    name: imageNames.init,
    user: '65534:65534',
    entrypoint: ['/usr/lib/linkerd/proxy-init'],
    entries: [
      withNet(file('usr/lib/linkerd/proxy-init', entrypoint)),
      withNet(file('usr/lib/linkerd/proxy-init-v1', await ensureGoProgram('proxy-init'))),
      withNet(file('usr/sbin/xtables-legacy-multi', xtables.legacy)),
      withNet(file('usr/sbin/xtables-nft-multi', xtables.nft)),
      ...['', '-save', '-restore'].flatMap((suffix) => [
        link(`usr/sbin/iptables-legacy${suffix}`, 'xtables-legacy-multi'),
        link(`usr/sbin/iptables-nft${suffix}`, 'xtables-nft-multi'),
        link(`usr/sbin/iptables${suffix}`, 'xtables-nft-multi'),
      ]),
      ...(await findLibraries(Object.values(xtables), debian.env)),
      // The folder that is compiled into the programs.
      ...(await filesIn(extensions, extensions.replace(`${debian.root}/`, ''))),
    ],
  };
}

async function proxyImage(debian: DebianParts): Promise<ImageSource> {
  const envoy = await findEnvoy();
  return {
    name: imageNames.proxy,
    entrypoint: ['/usr/local/bin/envoy'],
    entries: [file('usr/local/bin/envoy', envoy), ...(await findLibraries([envoy], debian.env))],
  };
}

/** The pause container of every pod runs the same program, in an image of its own name. */
async function appImages(): Promise<ImageSource[]> {
  const entries = [file('app', await ensureGoProgram('pod-app'))];
  return [
    { name: imageNames.app, user: '1000:1000', entrypoint: ['/app'], entries },
    { name: imageNames.pause, user: '65534:65534', entrypoint: ['/app', 'serve'], entries },
  ];
}

async function mariadbImage(debian: DebianParts): Promise<ImageSource> {
  const programs = { server: await debian.find('mariadbd'), client: await debian.find('mariadb') };
  const data = await ensureMariadbData(debian);
  const share = join(debian.root, 'usr/share/mysql');
  return {
    name: imageNames.mariadb,
    user: '1000:1000',
    entrypoint: [
      '/usr/sbin/mariadbd',
      '--no-defaults',
      '--basedir=/usr',
      '--datadir=/data',
      '--socket=/tmp/mariadb.sock',
    ],
    entries: [
      file('usr/sbin/mariadbd', programs.server),
      file('usr/sbin/mariadb', programs.client),
      ...(await findLibraries(Object.values(programs), debian.env)),
      ...(await filesIn(join(share, 'english'), 'usr/share/mysql/english')),
      ...(await filesIn(join(share, 'charsets'), 'usr/share/mysql/charsets')),
      folder('tmp', 0o1777),
      ...data,
    ],
  };
}

async function filesIn(dir: string, as: string): Promise<TarEntry[]> {
  const names = await readdir(dir);
  return names.toSorted().map((name) => file(`${as}/${name}`, join(dir, name)));
}
