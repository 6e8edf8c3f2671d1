import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { reportersFor } from './reporters.ts';

export default defineConfig({
  test: {
    root: fileURLToPath(new URL('../..', import.meta.url)),
    include: ['test/**/*.test.ts'],
    exclude: ['test/e2e/**', 'test/bench/**', 'node_modules/**'],
    globalSetup: 'test/tools/bundle-once.ts',
    // A worker for each file would take longer to start than most files take.
    isolate: false,
    // Vitest leaves one processor free, of two.
    maxWorkers: '100%',
    // Properties of some seconds take a minute beside other work.
    testTimeout: 120_000,
    reporters: reportersFor('unit'),
  },
});
