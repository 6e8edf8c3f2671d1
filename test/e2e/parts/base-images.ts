import { readdir, realpath } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { runCommandOk } from '../process/run-command.ts';
import type { DebianParts } from './debian.ts';
import { ensureImageArchive } from './image-archive.ts';
import { findLibraries } from './libraries.ts';
import type { TarEntry } from './tar.ts';

/**
 * Stand-ins for the images that our Dockerfile builds upon, under the same names, as no registry of images is at
 * hand: the same Node and npm, and in the second one, as in the real one, no shell.
 */
export async function ensureBaseImages(debian: DebianParts, names: BaseImageNames): Promise<string[]> {
  const libraries = await findLibraries([process.execPath], debian.env);
  return Promise.all([
    ensureImageArchive({
      name: names.build,
      entrypoint: ['/bin/sh'],
      path: '/usr/local/bin:/usr/bin:/bin',
      entries: [...libraries, ...accounts, ...(await buildTools(debian)), node('usr/local/bin/node')],
    }),
    ensureImageArchive({
      name: names.node,
      entrypoint: ['/nodejs/bin/node'],
      user: '65532:65532',
      path: '/usr/local/bin:/usr/bin:/bin',
      entries: [...libraries, ...accounts, node('nodejs/bin/node')],
    }),
  ]);
}

export interface BaseImageNames {
  readonly build: string;
  readonly node: string;
}

const node = (path: string): TarEntry => program(path, process.execPath);

const program = (path: string, source: string): TarEntry => ({
  path,
  mode: 0o755,
  content: { kind: 'file', source },
});

const accounts: readonly TarEntry[] = [
  { path: 'tmp', mode: 0o1777, content: { kind: 'folder' } },
  {
    path: 'etc/passwd',
    content: {
      kind: 'text',
      text: 'root:x:0:0:root:/root:/sbin/nologin\nnonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin\n',
    },
  },
  { path: 'etc/group', content: { kind: 'text', text: 'root:x:0:\nnonroot:x:65532:\n' } },
];

const link = (path: string, target: string): TarEntry => ({ path, content: { kind: 'link', target } });

async function buildTools(debian: DebianParts): Promise<TarEntry[]> {
  const npm = dirname(dirname(await realpath((await runCommandOk('which', ['npm'])).trim())));
  const found = await readdir(npm, { recursive: true, withFileTypes: true });
  const files = found
    .filter((one) => one.isFile())
    .map((one) => join(one.parentPath, one.name))
    .toSorted();
  return [
    program('bin/busybox', await debian.find('busybox')),
    link('bin/sh', 'busybox'),
    link('usr/bin/env', '/bin/busybox'),
    ...files.map((source) => program(`usr/local/lib/npm${source.slice(npm.length)}`, source)),
    link('usr/local/bin/npm', '../lib/npm/bin/npm-cli.js'),
  ];
}
