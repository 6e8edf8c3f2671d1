import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isRunning } from '../../process/child.ts';
import { endAtExit, forget } from '../../process/leftovers.ts';
import { createCgroups, listCgroups, removeCgroups, removeCgroupsNow } from './cgroups.ts';

/** What a cluster leaves on the machine while it runs. */
export interface Run {
  readonly dir: string;
  readonly cgroup: string;
  /** Once everything in there has ended. */
  remove(): Promise<void>;
}

/** Before the id of the process that made them, in the name of folder and cgroups. */
const prefix = 'outrigger-e2e-pods-';

/**
 * Makes a folder and cgroups, after removing those of runs that were killed. Everything else of theirs has
 * ended with their namespaces, which the kernel ended with them.
 */
export async function createRun(): Promise<Run> {
  await removeLeftovers();
  const cgroup = `${prefix}${process.pid}`;
  const dir = join(tmpdir(), cgroup);
  const removal = endAtExit(() => {
    rmSync(dir, { recursive: true, force: true });
    removeCgroupsNow(cgroup);
  });
  mkdirSync(dir, { mode: 0o700 });
  createCgroups(cgroup);
  return {
    dir,
    cgroup,
    async remove() {
      await removeCgroups(cgroup);
      await rm(dir, { recursive: true, force: true });
      forget(removal);
    },
  };
}

async function removeLeftovers(): Promise<void> {
  for (const name of listCgroups()) if (isLeftover(name)) await removeCgroups(name);
  for (const name of readdirSync(tmpdir()))
    if (isLeftover(name)) rmSync(join(tmpdir(), name), { recursive: true, force: true });
}

function isLeftover(name: string): boolean {
  if (!name.startsWith(prefix)) return false;
  const owner = Number(name.slice(prefix.length));
  return owner === process.pid || (owner > 0 && !isRunning(owner));
}
