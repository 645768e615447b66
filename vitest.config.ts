import { defineConfig } from 'vitest/config';

/** Generous: a test says what must happen, never how soon. */
const TIMES = {
  testTimeout: 180_000,
  hookTimeout: 120_000,
  teardownTimeout: 60_000,
  expect: { poll: { timeout: 90_000 } },
};

/** Pure tests run in parallel; tests under test/live start real servers and processes from dist/. */
export default defineConfig({
  test: {
    maxWorkers: 2,
    projects: [
      {
        test: {
          ...TIMES,
          name: 'parts',
          include: ['test/**/*.test.ts'],
          exclude: ['test/live/**'],
        },
      },
      {
        test: {
          ...TIMES,
          name: 'live',
          include: ['test/live/**/*.test.ts'],
          globalSetup: ['test/live/globalSetup.ts'],
        },
      },
    ],
  },
});
