import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { bundleKernel } from '../../cli/jobFile/bundle.ts';
import { resolveJob } from '../../cli/jobFile/resolve.ts';
import { readSource } from '../../cli/jobFile/source.ts';

/** Every shipped job file is one that pisub takes, and its folder has what the README promises. */
const examples = join(import.meta.dirname, '../../examples');
const folders = readdirSync(examples, { withFileTypes: true }).filter((entry) =>
  entry.isDirectory(),
);

const resolved = async (file: string) => {
  const options = { file, args: [], workingFolder: examples, nowMs: 0, environment: {} };
  return resolveJob((await readSource(options)).draft, examples);
};

describe.each(folders.map(({ name }) => name))('%s', (name) => {
  test('is named after its folder, has a README and a program that can be shipped', async () => {
    const job = await resolved(`${name}/job.yaml`);
    expect(job.name).toBe(name);
    expect(readdirSync(join(examples, name))).toContain('README.md');
    expect(job.timeLimitMs).toBeGreaterThan(0);
    if (job.program.kind !== 'kernel') return;
    const { code } = await bundleKernel(job.program);
    expect(code.byteLength).toBeGreaterThan(1_000);
  });
});

test('what the demo and the READMEs rely on', async () => {
  expect((await resolved('array-sweep/job.yaml')).array?.indexes).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  expect((await resolved('nightly/job.yaml')).schedule).toEqual({
    cron: '30 2 * * *',
    timezone: 'Europe/Madrid',
    overlap: 'skip',
    missed: 'run-once',
  });
  expect((await resolved('plain-command/job.yaml')).inputs.map(({ path }) => path)).toEqual([
    'integrate.py',
    'integrate.sh',
  ]);
  expect((await resolved('mandelbrot/job.yaml')).outputs).toEqual(['mandelbrot.png']);
});
