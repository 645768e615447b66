/** npm run check: format, types twice (whole tree, pure folders), lint, then every test. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const bin = (name) => join(import.meta.dirname, '../node_modules/.bin', name);
const STEPS = [
  ['format', bin('biome'), ['format', '.']],
  ['types', bin('tsc'), ['-p', 'tsconfig.json']],
  ['types of the pure folders', bin('tsc'), ['-p', 'tsconfig.pure.json']],
  ['lint', bin('oxlint'), ['--deny-warnings']],
  ['tests', bin('vitest'), ['run']],
];

const only = process.argv.includes('--no-tests') ? STEPS.slice(0, -1) : STEPS;
for (const [name, command, args] of only) {
  process.stdout.write(`== ${name}\n`);
  const { status } = spawnSync(command, args, { stdio: 'inherit' });
  if (status !== 0) {
    process.stderr.write(`check: ${name} failed\n`);
    process.exit(status ?? 1);
  }
}
