import { existsSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The configuration file of a cluster: cluster.yaml in the scheduler's folder, else cluster.json,
 * as earlier versions had it. Everything in it has a default, and so has the file.
 */
export function settingsFile(home: string): string {
  const yaml = join(home, 'cluster.yaml');
  const json = join(home, 'cluster.json');
  return !existsSync(yaml) && existsSync(json) ? json : yaml;
}
