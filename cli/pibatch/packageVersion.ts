/** The version of this package, as the scheduler tells its own. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageFolder } from './programs.ts';

export function packageVersion(): string {
  const text = readFileSync(join(packageFolder(), 'package.json'), 'utf8');
  return /"version":\s*"([^"]+)"/.exec(text)?.[1] ?? 'unknown';
}
