/**
 * Which process a file means. Contract: a process is (boot, pid, start time): a number alone may
 * belong to a stranger after a restart, and strangers are never signalled.
 */
import { readdirSync, readFileSync } from 'node:fs';

export type ProcessIdentity = {
  readonly pid: number;
  /** Clock ticks since boot, /proc/PID/stat field 22. */
  readonly startTicks: number;
  readonly bootId: string;
};

/** Undefined when no such process runs (a zombie does not run, once its last thread has ended). */
export function identify(pid: number): ProcessIdentity | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The command name, in parentheses, may hold blanks and parentheses.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const startTicks = Number(fields[19]);
    if (fields[0] === 'X' || !Number.isSafeInteger(startTicks)) return undefined;
    // Other threads may live on for a moment, with the process's files and locks.
    if (fields[0] === 'Z' && readdirSync(`/proc/${pid}/task`).length <= 1) return undefined;
    return { pid, startTicks, bootId: bootId() };
  } catch {
    return undefined;
  }
}

export function isAlive(identity: ProcessIdentity): boolean {
  const now = identify(identity.pid);
  return now?.startTicks === identity.startTicks && now.bootId === identity.bootId;
}

let knownBootId: string | undefined;
export function bootId(): string {
  knownBootId ??= readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  return knownBootId;
}
