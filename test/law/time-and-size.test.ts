/** The law of time and size: no body costs more than its length. */
import { Worker } from 'node:worker_threads';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Figures } from './measure.ts';
import { subjects } from './subjects.ts';

/** What never ends is given up after it: hundreds of times what any of them takes. */
const deadlineMs = 60_000;

const figures = new Map<string, Figures>();

/** Measures as many as there are before one that does not end. */
async function measureSome(names: readonly string[]): Promise<void> {
  const worker = new Worker(new URL('measure.ts', import.meta.url), {
    workerData: names,
    resourceLimits: { maxOldGenerationSizeMb: 1024 },
  });
  const measured = new Promise<void>((resolve, reject) => {
    const timer = setTimeout(resolve, deadlineMs);
    worker.on('message', (result: Figures) => {
      figures.set(result.name, result);
      timer.refresh();
    });
    worker.once('error', reject);
    worker.once('exit', () => {
      clearTimeout(timer);
      resolve();
    });
  });
  try {
    await measured;
  } finally {
    await worker.terminate();
  }
}

const none = (name: string, error: string): Figures => ({ name, half: 0, whole: 0, error });

/** For 256 KiB; LAW_BYTES asks for another size. */
const maxMs = 1000 * Math.max(1, Number(process.env['LAW_BYTES'] ?? 0) / 262_144);

/** Below it a clock says nothing. */
const leastMs = 20;

describe('a body of 256 KiB, whatever is in it, and one of half the size', () => {
  beforeAll(async () => {
    for (;;) {
      const left = subjects.map(({ name }) => name).filter((name) => !figures.has(name));
      const [first] = left;
      if (first === undefined) break;
      const before = figures.size;
      const fault = await measureSome(left).then(
        () => `no end after ${deadlineMs} ms`,
        (error: unknown) => String(error),
      );
      const stuck = subjects.map(({ name }) => name).find((name) => !figures.has(name));
      if (stuck !== undefined) figures.set(stuck, none(stuck, fault));
      else if (figures.size === before) break;
    }
  }, 600_000);

  it.each(subjects.map(({ name }) => name))('%s', (name) => {
    const { half, whole, error } = figures.get(name) ?? none(name, 'not measured');
    expect(error).toBeUndefined();
    expect(whole).toBeLessThan(maxMs);
    if (whole > leastMs) expect(whole / Math.max(half, leastMs / 2)).toBeLessThan(3);
  });
});
