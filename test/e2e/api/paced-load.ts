import { setTimeout as delay } from 'node:timers/promises';
import type { Load } from './load.ts';

/** Somebody slower than that is waited for: a load must not pile up. */
const maxOutstanding = 100;

/** Starts an attempt so many times a second, however long each takes. @param attempt throws if it failed */
export function startPacedLoad(perSecond: number, attempt: () => Promise<void>): Load {
  const failures: string[] = [];
  const outstanding = new Set<Promise<void>>();
  let count = 0;
  const stopping = new AbortController();
  const run = async (): Promise<void> => {
    const startedMs = performance.now();
    for (let started = 0; !stopping.signal.aborted; started += 1) {
      await delay(Math.max(0, startedMs + (started * 1000) / perSecond - performance.now()));
      if (outstanding.size >= maxOutstanding) await Promise.race(outstanding);
      const one = attempt()
        .catch((error: unknown) => void failures.push(String(error).slice(0, 500)))
        .finally(() => {
          count += 1;
          outstanding.delete(one);
        });
      outstanding.add(one);
    }
  };
  const running = run();
  return {
    count: () => count,
    failures,
    async stop() {
      stopping.abort();
      await running;
      await Promise.all(outstanding);
    },
  };
}
