import { existsSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import type { Settings } from '../model/cluster.ts';
import { parseSettings } from './configuration/readFile.ts';
import { SettingsError } from './configuration/settingsError.ts';
import { settingsFile } from './settingsFile.ts';

/** Throws SettingsError with every fault of the file, each with its line and column. */
export function readSettings(home: string): Settings {
  const path = settingsFile(home);
  return parseSettings(basename(path), existsSync(path) ? textOf(path) : '');
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new SettingsError(basename(path), [{ line: 1, column: 1, message }]);
  }
}
