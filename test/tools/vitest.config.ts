import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { reportersFor } from './reporters.ts';

export default defineConfig({
  test: {
    root: fileURLToPath(new URL('../..', import.meta.url)),
    include: ['test/**/*.test.ts'],
    exclude: ['test/e2e/**', 'test/bench/**', 'node_modules/**'],
    testTimeout: 20_000,
    reporters: reportersFor('unit'),
  },
});
