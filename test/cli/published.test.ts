import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { SBATCH_OPTIONS, sbatchPage } from '../../cli/jobFile/sbatchOptions.ts';
import { jobFileJsonSchema } from '../../cli/jobFile/schema.ts';

/** Generated pages are current; `node scripts/docs.mjs` writes them. */
const page = (name: string): string =>
  readFileSync(join(import.meta.dirname, '../../docs', name), 'utf8');

test('docs/job.schema.json', () => {
  const generated: unknown = JSON.parse(JSON.stringify(jobFileJsonSchema()));
  expect(JSON.parse(page('job.schema.json'))).toEqual(generated);
});

test('docs/sbatch-options.md', () => {
  expect(page('sbatch-options.md')).toBe(sbatchPage());
});

test('no #SBATCH option is listed twice', () => {
  const spellings = SBATCH_OPTIONS.flatMap(({ name, short }) => (short ? [name, short] : [name]));
  expect([...spellings].sort()).toEqual([...new Set(spellings)].sort());
});
