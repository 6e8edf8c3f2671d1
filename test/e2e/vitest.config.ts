import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { reportersFor } from '../tools/reporters.ts';

const minuteMs = 60_000;

export default defineConfig({
  test: {
    root: fileURLToPath(new URL('../..', import.meta.url)),
    include: ['test/e2e/**/*.test.ts'],
    // One control plane at a time: two would only slow each other down.
    fileParallelism: false,
    // Processes, not threads: the kernel ends a daemon when the thread that started it ends.
    pool: 'forks',
    testTimeout: 2 * minuteMs,
    reporters: reportersFor('e2e'),
    // The first start on a machine builds the binaries.
    hookTimeout: 30 * minuteMs,
  },
});
