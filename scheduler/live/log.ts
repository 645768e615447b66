import { existsSync, renameSync, statSync } from 'node:fs';
import { destination, type Logger, pino } from 'pino';

const LARGEST_BYTES = 10 * 2 ** 20;

/** JSON lines into a file that starts anew when it has grown; one older file is kept. */
export function openLog(path: string): Logger {
  if (existsSync(path) && statSync(path).size > LARGEST_BYTES) renameSync(path, `${path}.1`);
  return pino({ base: { pid: process.pid } }, destination({ dest: path, sync: true }));
}
