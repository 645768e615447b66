import { rmSync } from 'node:fs';
import { readIfThere, writeDurably } from '../record/durableFile.ts';
import { bootId, isAlive, statOf } from './procfs.ts';

/** Another agent runs in this home: two would start every part twice. */
export class AlreadyRunningError extends Error {
  override readonly name = 'AlreadyRunningError';
  readonly process: number;
  constructor(path: string, process_: number) {
    super(`${path}: an agent already runs here, as process ${process_}; stop it first`);
    this.process = process_;
  }
}

/**
 * `<pid> <start in clock ticks> <boot>`, as `pibatch up` writes and `down` reads it: a pid alone
 * may since belong to a stranger. Throws AlreadyRunningError.
 */
export function claimPidFile(path: string): void {
  const [id = '0', startTicks = '0', boot = ''] =
    readIfThere(path)?.toString().trim().split(' ') ?? [];
  const other = Number(id);
  if (other !== process.pid && boot === bootId() && isAlive(other, Number(startTicks)))
    throw new AlreadyRunningError(path, other);
  writeDurably(path, `${process.pid} ${statOf('self')?.startTicks ?? 0} ${bootId()}\n`);
}

export const releasePidFile = (path: string): void => rmSync(path, { force: true });
