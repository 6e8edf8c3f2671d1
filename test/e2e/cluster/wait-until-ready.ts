import type { Child } from '../process/child.ts';
import { pollUntil } from '../poll-until.ts';

const startLimitMs = 60_000;

/** Polls until a daemon answers. A daemon that has ended is not waited for; errors carry the end of its log. */
export async function waitUntilReady(child: Child, isReady: () => Promise<boolean>): Promise<void> {
  try {
    await pollUntil(async () => !child.isRunning() || (await isReady()), {
      timeoutMs: startLimitMs,
      what: `${child.name} to be ready`,
    });
  } catch (error) {
    throw new Error(`${String(error)}\n${child.readLogTail()}`, { cause: error });
  }
  if (!child.isRunning()) throw new Error(`${child.name} ended at once\n${child.readLogTail()}`);
}
