import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';

/** Another scheduler runs in this home. */
export class AlreadyRunningError extends Error {
  constructor(path: string, pid: number) {
    super(`${path}: a scheduler already runs here, as process ${pid}; stop it first`);
    this.name = 'AlreadyRunningError';
  }
}

type Identity = { readonly startTicks: string; readonly bootId: string };

/**
 * Says in the file that this process is the scheduler here: `<pid> <start in clock ticks> <boot>`,
 * as `pibatch up` and `down` read it, for a pid alone may since belong to a stranger. The journal's
 * lock is what keeps two schedulers apart. Throws AlreadyRunningError.
 */
export function claimPidFile(path: string): void {
  const other = readPidFile(path);
  if (other !== undefined && other !== process.pid) throw new AlreadyRunningError(path, other);
  const own = identify(process.pid);
  const text = `${process.pid} ${own?.startTicks ?? 0} ${own?.bootId ?? 'unknown'}\n`;
  writeFileSync(`${path}.new`, text, { mode: 0o600 });
  renameSync(`${path}.new`, path);
}

/** The live process that the file names, if that very process still runs. */
export function readPidFile(path: string): number | undefined {
  try {
    const [pid, startTicks, bootId] = readFileSync(path, 'utf8').trim().split(' ');
    const now = identify(Number(pid));
    const same = now && now.startTicks === startTicks && now.bootId === bootId;
    return same ? Number(pid) : undefined;
  } catch {
    return undefined;
  }
}

export function releasePidFile(path: string): void {
  if (readPidFile(path) === process.pid) rmSync(path, { force: true });
}

/** Field 22 of /proc/PID/stat and the boot id; undefined when no such process runs. */
function identify(pid: number): Identity | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The command name, in parentheses, may hold blanks and parentheses.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (fields[0] === 'Z' || fields[0] === 'X') return undefined;
    const bootId = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return { startTicks: fields[19] ?? '', bootId };
  } catch {
    return undefined;
  }
}
