import { readFileSync, rmdirSync, writeFileSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pollUntil } from '../../poll-until.ts';

const cgroupMount = '/sys/fs/cgroup';

/** Makes a tree for the pods in each hierarchy of cgroup v1. */
export function createCgroups(name: string): void {
  const hierarchies = findHierarchies();
  if (hierarchies.length === 0) throw new Error(`no real pods: no cgroup v1 under ${cgroupMount}`);
  for (const hierarchy of hierarchies) mkdirSync(join(hierarchy, name), { recursive: true });
  // Empty in a new group, and then no process may join it.
  for (const file of ['cpuset.cpus', 'cpuset.mems']) {
    const value = readFileSync(join(cgroupMount, 'cpuset', file));
    writeFileSync(join(cgroupMount, 'cpuset', name, file), value);
  }
}

/** Removes the tree, which takes a moment after its last process was killed. */
export async function removeCgroups(name: string): Promise<void> {
  await pollUntil(
    () => {
      removeCgroupsNow(name);
      return true;
    },
    { timeoutMs: 30_000, what: `cgroup ${name} to be empty` },
  );
}

/** As {@link removeCgroups}, without waiting: throws EBUSY while there are processes. */
export function removeCgroupsNow(name: string): void {
  for (const hierarchy of findHierarchies()) removeTree(join(hierarchy, name));
}

/** Names of the trees at the top. */
export function listCgroups(): string[] {
  return [...new Set(findHierarchies().flatMap((hierarchy) => readdirSync(hierarchy)))];
}

function removeTree(dir: string): void {
  let children;
  try {
    children = readdirSync(dir, { withFileTypes: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  for (const child of children) if (child.isDirectory()) removeTree(join(dir, child.name));
  rmdirSync(dir);
}

function findHierarchies(): string[] {
  const mounts = readFileSync('/proc/self/mounts', 'utf8').matchAll(/^\S+ (\S+) cgroup2? /gmu);
  return [...mounts].map(([, path = '']) => path).filter((path) => path.startsWith(`${cgroupMount}/`));
}
