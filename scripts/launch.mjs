/** What the files in bin/ do: run the built program, after making it when it is not there. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const root = join(import.meta.dirname, '..');

export async function launch(name) {
  const program = join(root, 'dist', 'cli', `${name}.js`);
  // The lockfile is in a clone, not in an installed package.
  const isClone = existsSync(join(root, 'package-lock.json'));
  const isReady = existsSync(program) && existsSync(join(root, 'node_modules/nats/package.json'));
  const isUp = name === 'pibatch' && process.argv[2] === 'up' && !process.argv.includes('--help');
  if (isClone && (!isReady || isUp)) {
    const { setup } = await import('./setup.mjs');
    try {
      await setup({ broker: isUp });
    } catch (error) {
      process.stderr.write(`setup: ${error.message}\n`);
      process.exit(1);
    }
  }
  if (!existsSync(program)) {
    process.stderr.write(`${name}: ${program} is not there; run 'npm run build'\n`);
    process.exit(1);
  }
  process.argv[1] = program;
  await import(pathToFileURL(program).href);
}
