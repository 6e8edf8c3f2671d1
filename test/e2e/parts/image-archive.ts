import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { access, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheDir } from './cache.ts';
import { withLock } from './lock.ts';
import { writeTar, type TarEntry } from './tar.ts';

/** An image of one layer. */
export interface ImageSource {
  /** Repository and tag: `outrigger.test/app:1`. */
  readonly name: string;
  readonly entries: readonly TarEntry[];
  readonly entrypoint: readonly string[];
  /** User and group, as numbers: `65534:65534`. Default root. */
  readonly user?: string;
  /** Where programs are looked for. Default /usr/sbin. */
  readonly path?: string;
}

/**
 * Makes an archive as `docker save` writes it, which containerd imports without a registry, and returns its
 * path. It is kept by content.
 */
export async function ensureImageArchive(source: ImageSource): Promise<string> {
  const dir = join(cacheDir(), 'images');
  await mkdir(dir, { recursive: true });
  const name = source.name.replaceAll(/[^\w.-]/gu, '_');
  const path = join(dir, `${name}-${digestOf(source)}.tar`);
  await withLock(`${path}.lock`, async () => {
    if (!(await exists(path))) await build(source, path);
  });
  return path;
}

async function build(source: ImageSource, path: string): Promise<void> {
  const { name, entries, entrypoint, user } = source;
  const work = await mkdtemp(`${path}.`);
  try {
    const layer = join(work, 'layer.tar');
    const digest = writeTar(layer, withFolders(entries));
    const config = JSON.stringify({
      architecture: process.arch === 'arm64' ? 'arm64' : 'amd64',
      os: 'linux',
      config: {
        Entrypoint: entrypoint,
        ...(user !== undefined && { User: user }),
        Env: [`PATH=${source.path ?? '/usr/sbin'}`],
      },
      // Who builds upon the image counts its layers by this.
      history: [{ created_by: 'outrigger e2e' }],
      rootfs: { type: 'layers', diff_ids: [`sha256:${digest}`] },
    });
    const manifest = [{ Config: 'config.json', RepoTags: [name], Layers: ['layer.tar'] }];
    writeTar(join(work, 'image.tar'), [
      { path: 'manifest.json', content: { kind: 'text', text: JSON.stringify(manifest) } },
      { path: 'config.json', content: { kind: 'text', text: config } },
      { path: 'layer.tar', content: { kind: 'file', source: layer } },
    ]);
    await rename(join(work, 'image.tar'), path);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** Every folder on the way, once and before what lies in it. */
function* withFolders(entries: readonly TarEntry[]): Generator<TarEntry> {
  const made = new Set<string>(
    entries.filter(({ content }) => content.kind === 'folder').map(({ path }) => path),
  );
  for (const entry of entries) {
    const parts = entry.path.split('/').slice(0, -1);
    for (const [index] of parts.entries()) {
      const path = parts.slice(0, index + 1).join('/');
      if (!made.has(path)) yield { path, content: { kind: 'folder' } };
      made.add(path);
    }
    yield entry;
  }
}

function digestOf(source: ImageSource): string {
  const hash = createHash('sha256').update(JSON.stringify(source));
  for (const { content } of source.entries)
    if (content.kind === 'file') hash.update(readFileSync(content.source));
  return hash.digest('hex').slice(0, 12);
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
