/** Writes the generated pages: docs/job.schema.json and docs/sbatch-options.md; test/cli/published.test.ts checks them. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const root = join(import.meta.dirname, '..');
// Inside the tree, so that packages are found.
const folder = mkdtempSync(join(root, 'node_modules/.docs-'));
try {
  await build({
    absWorkingDir: root,
    entryPoints: ['cli/jobFile/schema.ts', 'cli/jobFile/sbatchOptions.ts'],
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    packages: 'external',
  });
  const load = (name) => import(pathToFileURL(join(folder, name)).href);
  const { jobFileJsonSchema } = await load('schema.mjs');
  const { sbatchPage } = await load('sbatchOptions.mjs');
  const schema = join(root, 'docs/job.schema.json');
  writeFileSync(schema, JSON.stringify(jobFileJsonSchema(), null, 2));
  writeFileSync(join(root, 'docs/sbatch-options.md'), sbatchPage());
  execFileSync(join(root, 'node_modules/.bin/biome'), ['format', '--write', schema]);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
