import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runKernel } from './kernelRun.ts';

const home = process.cwd();
const scratch = mkdtempSync(join(tmpdir(), 'pibatch-example-files-'));
beforeAll(() => process.chdir(scratch));
afterAll(() => {
  process.chdir(home);
  rmSync(scratch, { recursive: true });
});

/** The smallest sizes on four ranks: some of them have nothing to do, and nobody minds. */
test.each([
  { example: 'pi-digits', params: { digits: 1 } },
  { example: 'monte-carlo', params: { points: 2, seed: 5 } },
  { example: 'mandelbrot', params: { width: 1, height: 2, maxIterations: 1 } },
  { example: 'matmul', params: { order: 1 } },
  { example: 'fibonacci', params: { last: 1 } },
  { example: 'heat', params: { cells: 4, sweeps: 1 } },
])('$example with $params', async (run) => {
  const ends = await runKernel({ ...run, ranks: 4 });
  expect(ends.map(({ kind }) => kind)).toEqual(['returned', 'returned', 'returned', 'returned']);
  expect(ends[0]).toMatchObject({ result: { verified: true } });
});

test.each([
  { example: 'heat', params: { cells: 3 }, message: 'params.cells is 3; give at least one row' },
  { example: 'pi-digits', params: { digits: 0 }, message: 'params.digits is 0; give a whole' },
  { example: 'matmul', params: { order: '768' }, message: 'params.order is "768"; give a whole' },
  { example: 'fibonacci', params: [35], message: 'params is [35]; give names and values' },
  { example: 'array-sweep', params: undefined, message: 'PIBATCH_ARRAY_TASK_ID is not set' },
])('$example refuses $params', async ({ example, params, message }) => {
  const ends = await runKernel({ example, params, ranks: 4 });
  expect(ends[0]).toMatchObject({ kind: 'failed', failure: expect.stringContaining(message) });
});
