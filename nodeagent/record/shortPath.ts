import { openSync } from 'node:fs';

/**
 * A path to `name` in `folder` that fits a socket address (108 bytes) however deep the folder
 * lies. Holds a descriptor of the folder for the life of the process.
 */
export const shortPath = (folder: string, name: string): string =>
  `/proc/self/fd/${openSync(folder, 'r')}/${name}`;
