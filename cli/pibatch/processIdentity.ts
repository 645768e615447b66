/**
 * Which process a pid file means. Contract: a process is (boot, pid, start time): a number alone
 * may belong to a stranger after a restart, and strangers are never signalled.
 */
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

export type ProcessIdentity = {
  readonly pid: number;
  /** Clock ticks since boot, /proc/PID/stat field 22. */
  readonly startTicks: number;
  readonly bootId: string;
};

/** Undefined when no such process runs (a zombie does not run). */
export function identify(pid: number): ProcessIdentity | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The command name, in parentheses, may hold blanks and parentheses.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const startTicks = Number(fields[19]);
    if (fields[0] === 'Z' || fields[0] === 'X' || !Number.isSafeInteger(startTicks))
      return undefined;
    return { pid, startTicks, bootId: bootId() };
  } catch {
    return undefined;
  }
}

export function isAlive(identity: ProcessIdentity): boolean {
  const now = identify(identity.pid);
  return now?.startTicks === identity.startTicks && now.bootId === identity.bootId;
}

/** `<pid> <start ticks> <boot id>`. */
export function writePidFile(
  path: string,
  { pid, startTicks, bootId: boot }: ProcessIdentity,
): void {
  const temporary = `${path}.tmp`;
  writeFileSync(temporary, `${pid} ${startTicks} ${boot}\n`, { mode: 0o600 });
  renameSync(temporary, path);
}

/** The process a pid file names, if that very process still runs. */
export function readPidFile(path: string): ProcessIdentity | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
  const [, pid, startTicks, boot] = /^(\d+) (\d+) (\S+)\s*$/.exec(text) ?? [];
  if (pid === undefined || startTicks === undefined || boot === undefined) return undefined;
  const identity = { pid: Number(pid), startTicks: Number(startTicks), bootId: boot };
  return isAlive(identity) ? identity : undefined;
}

/**
 * Asks with SIGTERM, insists with SIGKILL after `graceMs`; returns when it is gone. A stranger
 * who has the pid by now is left alone: the process we meant is gone.
 */
export async function endProcess(
  identity: ProcessIdentity,
  options: { readonly graceMs: number },
): Promise<'gone' | 'ended' | 'killed'> {
  if (!signal(identity, 'SIGTERM')) return 'gone';
  if (await waitUntilGone(identity, options.graceMs)) return 'ended';
  signal(identity, 'SIGKILL');
  await waitUntilGone(identity, 5000);
  return 'killed';
}

/** False when the process is gone. Throws when we may not signal it. */
export function signal(identity: ProcessIdentity, name: NodeJS.Signals): boolean {
  if (!isAlive(identity)) return false;
  try {
    process.kill(identity.pid, name);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return false;
    throw error;
  }
}

export async function waitUntilGone(identity: ProcessIdentity, waitMs: number): Promise<boolean> {
  const startedMs = performance.now();
  while (isAlive(identity)) {
    if (performance.now() - startedMs > waitMs) return false;
    await sleep(20);
  }
  return true;
}

export function removePidFile(path: string): void {
  rmSync(path, { force: true });
}

let knownBootId: string | undefined;
function bootId(): string {
  knownBootId ??= readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  return knownBootId;
}
