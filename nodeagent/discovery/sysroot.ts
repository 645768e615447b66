import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The machine's files as seen from `root`: `/` in life, a folder of fixtures in tests. All
 * that discovery and telemetry know comes through here, and nothing in it throws.
 */
export type Sysroot = {
  /** The file's text without trailing NULs and white space; undefined when unreadable. */
  read(path: string): string | undefined;
  /** Names in a folder, sorted; empty when there is none. */
  list(path: string): readonly string[];
};

export function sysrootAt(root: string): Sysroot {
  return {
    read(path) {
      try {
        return readFileSync(join(root, path), 'utf8').replace(/[\0\s]+$/, '');
      } catch {
        return undefined;
      }
    },
    list(path) {
      try {
        return readdirSync(join(root, path)).sort();
      } catch {
        return [];
      }
    },
  };
}
