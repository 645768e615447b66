import { defineConfig } from 'vitest/config';

/** Pure tests run in parallel; tests under test/live start real servers and processes. */
export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    teardownTimeout: 20_000,
    maxWorkers: 2,
  },
});
