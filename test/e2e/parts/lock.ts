import { open, readFile, rm } from 'node:fs/promises';
import { isRunning } from '../process/child.ts';
import { pollUntil } from '../poll-until.ts';

const buildLimitMs = 60 * 60 * 1000;

/**
 * Runs `work` while holding a lock file with our pid in it, so that a test started during the background build
 * waits for it instead of building the same again on the same cores. A lock whose owner is gone is taken over;
 * two processes may then both work, which is safe because a binary only ever appears by rename.
 */
export async function withLock<T>(path: string, work: () => Promise<T>): Promise<T> {
  await pollUntil(() => acquire(path), {
    timeoutMs: buildLimitMs,
    intervalMs: 500,
    what: `the lock ${path}, held by another build`,
  });
  try {
    return await work();
  } finally {
    await rm(path, { force: true });
  }
}

async function acquire(path: string): Promise<boolean> {
  try {
    const file = await open(path, 'wx');
    await file.writeFile(String(process.pid));
    await file.close();
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  // An empty file is one whose owner is about to write its pid.
  const owner = Number(await readFile(path, 'utf8').catch(() => ''));
  if (owner > 0 && !isRunning(owner)) await rm(path, { force: true });
  return false;
}
