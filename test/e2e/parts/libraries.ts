import { realpath } from 'node:fs/promises';
import { runCommandOk } from '../process/run-command.ts';
import type { TarEntry } from './tar.ts';

/**
 * The dynamic loader and the libraries that programs need, as files of an image in the folders that the loader
 * looks into by itself: it ignores LD_LIBRARY_PATH for a program with file capabilities.
 */
export async function findLibraries(
  programs: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<TarEntry[]> {
  const found = new Map<string, string>();
  for (const program of programs) {
    const listed = await runCommandOk('ldd', [program], { env });
    for (const [, name = '', path = ''] of listed.matchAll(/^\s*(\S+) => (\/\S+) /gmu))
      found.set(`usr/lib/${name}`, path);
    for (const [, loader = ''] of listed.matchAll(/^\s*(\/\S*\/ld-linux\S+) /gmu))
      found.set(loader.slice(1), loader);
  }
  return Promise.all(
    [...found].map(async ([path, source]) => ({
      path,
      mode: 0o755,
      content: { kind: 'file' as const, source: await realpath(source) },
    })),
  );
}
