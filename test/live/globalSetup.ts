/** Live tests run the programs of dist/: builds them first when the sources have changed. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

export default function buildWhenStale(): void {
  const setup = join(import.meta.dirname, '../../scripts/setup.mjs');
  execFileSync(process.execPath, [setup], { stdio: ['ignore', 'ignore', 'inherit'] });
}
