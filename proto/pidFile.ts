/**
 * The pid file of a long-running program: one line, `<pid> <start ticks> <boot id>`. Programs
 * write it themselves, `pibatch up` and `down` read it; it says who runs, and locks nothing.
 */
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { identify, isAlive, type ProcessIdentity } from './processIdentity.ts';

/** Another process of the kind runs in this home. */
export class AlreadyRunningError extends Error {
  override readonly name = 'AlreadyRunningError';
  readonly pid: number;
  constructor(path: string, { what, pid }: { readonly what: string; readonly pid: number }) {
    super(`${path}: ${what} already runs here, as process ${pid}; stop it first`);
    this.pid = pid;
  }
}

export function writePidFile(path: string, identity: ProcessIdentity): void {
  const { pid, startTicks, bootId } = identity;
  const temporary = `${path}.tmp`;
  writeFileSync(temporary, `${pid} ${startTicks} ${bootId}\n`, { mode: 0o600 });
  renameSync(temporary, path);
}

/** The process that the file names, if that very process still runs. */
export function readPidFile(path: string): ProcessIdentity | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
  const [, pid, startTicks, bootId] = /^(\d+) (\d+) (\S+)\s*$/.exec(text) ?? [];
  if (pid === undefined || startTicks === undefined || bootId === undefined) return undefined;
  const identity = { pid: Number(pid), startTicks: Number(startTicks), bootId };
  return isAlive(identity) ? identity : undefined;
}

/** Says that this process is `what` here. Throws AlreadyRunningError. */
export function claimPidFile(path: string, what: string): void {
  const other = readPidFile(path);
  if (other && other.pid !== process.pid) {
    throw new AlreadyRunningError(path, { what, pid: other.pid });
  }
  const self = identify(process.pid);
  if (self) writePidFile(path, self);
}

export function releasePidFile(path: string): void {
  if (readPidFile(path)?.pid === process.pid) removePidFile(path);
}

export function removePidFile(path: string): void {
  rmSync(path, { force: true });
}
