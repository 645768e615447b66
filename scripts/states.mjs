/** Writes docs/states.md from the model: `node scripts/states.mjs [--check]`. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';

const root = join(import.meta.dirname, '..');

export async function statesPage() {
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: ['scheduler/sim/statesPage.ts'],
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'node',
    packages: 'external',
  });
  const code = Buffer.from(outputFiles[0].contents).toString('base64');
  const module = await import(`data:text/javascript;base64,${code}`);
  return module.statesPage();
}

const path = join(root, 'docs/states.md');
const page = await statesPage();
if (!process.argv.includes('--check')) writeFileSync(path, page);
else if (readFileSync(path, 'utf8') !== page) {
  process.stderr.write('docs/states.md is out of date: run node scripts/states.mjs\n');
  process.exit(1);
}
