import { opendir } from 'node:fs/promises';
import { join } from 'node:path';
import { globPattern } from './glob.ts';

/**
 * The files of a job's folder that its `outputs:` patterns name. Symbolic links are neither
 * followed nor collected, so nothing outside the folder can be. Sorted by path.
 */
export type OutputFiles = {
  readonly paths: readonly string[];
  /** Matching files beyond the limit. */
  readonly left: number;
};

const FILES_LIMIT = 500;
const NAMES_LIMIT_BYTES = 32 * 1_024;
/** Walks no further than this: a job may leave a million files that match nothing. */
const VISIT_LIMIT = 100_000;

/** Control characters in a name would make the whole report unreadable. */
const isNameable = (path: string): boolean => !/\p{Cc}/u.test(path);

export async function findOutputFiles(
  root: string,
  patterns: readonly string[],
): Promise<OutputFiles> {
  if (patterns.length === 0) return { paths: [], left: 0 };
  const wanted = patterns.map(globPattern);
  const found: string[] = [];
  let visited = 0;
  const walk = async (folder: string): Promise<void> => {
    for await (const entry of await opendir(join(root, folder))) {
      visited += 1;
      if (visited > VISIT_LIMIT) return;
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (entry.isDirectory()) await walk(path);
      else if (entry.isFile() && isNameable(path) && wanted.some((glob) => glob.test(path)))
        found.push(path);
    }
  };
  await walk('');
  found.sort();
  let nameBytes = 0;
  const paths = found.filter((path, i) => {
    nameBytes += Buffer.byteLength(path);
    return i < FILES_LIMIT && nameBytes <= NAMES_LIMIT_BYTES;
  });
  return { paths, left: found.length - paths.length };
}
