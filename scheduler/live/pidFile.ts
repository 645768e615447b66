import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';

/** Another scheduler runs in this home. */
export class AlreadyRunningError extends Error {
  constructor(path: string, pid: number) {
    super(`${path}: a scheduler already runs here, as process ${pid}; stop it first`);
    this.name = 'AlreadyRunningError';
  }
}

/**
 * `<pid> <start time in clock ticks since boot> <boot id>`: a pid alone may since belong to
 * another program. The journal's lock is what keeps two schedulers apart; this file is for people.
 */
export function claimPidFile(path: string): void {
  const other = readPidFile(path);
  if (other !== undefined && other !== process.pid) throw new AlreadyRunningError(path, other);
  writeFileSync(`${path}.new`, `${process.pid} ${identity(process.pid) ?? ''}\n`);
  renameSync(`${path}.new`, path);
}

/** The live process that the file names, if that very process still runs. */
export function readPidFile(path: string): number | undefined {
  if (!existsSync(path)) return undefined;
  const [pidText = '', ...rest] = readFileSync(path, 'utf8').trim().split(' ');
  const pid = Number(pidText);
  return Number.isInteger(pid) && pid > 0 && identity(pid) === rest.join(' ') ? pid : undefined;
}

export function releasePidFile(path: string): void {
  if (readPidFile(path) === process.pid) rmSync(path, { force: true });
}

/** Field 22 of /proc/PID/stat and the boot id; undefined when there is no such process. */
function identity(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const bootId = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return `${fields[19] ?? ''} ${bootId}`;
  } catch {
    return undefined;
  }
}
