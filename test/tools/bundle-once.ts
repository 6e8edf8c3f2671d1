/** Bundles the program once for a test run: what the tests start is what is published, and starts sooner. */
import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TestProject } from 'vitest/node';
import { bundleInto } from './bundle.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The bundled program; only where this is the run's `globalSetup`. */
    readonly program: string | undefined;
  }
}

const root = fileURLToPath(new URL('../..', import.meta.url));

/** @returns what takes the bundle away */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(path.join(tmpdir(), 'outrigger-unit-'));
  // What the package has beside dist/.
  for (const name of ['package.json', 'examples'])
    await symlink(path.join(root, name), path.join(folder, name));
  await bundleInto(path.join(folder, 'dist'));
  project.provide('program', path.join(folder, 'dist/outrigger.js'));
  return () => rm(folder, { recursive: true });
}
