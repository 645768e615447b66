import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { z } from 'zod';

/** Another scheduler runs in this home. */
export class AlreadyRunningError extends Error {
  constructor(path: string, pid: number) {
    super(`${path}: a scheduler already runs here, as process ${pid}; stop it first`);
    this.name = 'AlreadyRunningError';
  }
}

/** The text that `pibatch up` and `down` read: a pid alone may since belong to a stranger. */
const IDENTITY = z.object({ pid: z.int().positive(), startTicks: z.int(), bootId: z.string() });
type Identity = z.infer<typeof IDENTITY>;

/**
 * Says in the file that this process is the scheduler here. The journal's lock is what keeps two
 * schedulers apart; this is for people and commands. Throws AlreadyRunningError.
 */
export function claimPidFile(path: string): void {
  const other = readPidFile(path);
  if (other !== undefined && other !== process.pid) throw new AlreadyRunningError(path, other);
  writeFileSync(`${path}.new`, `${JSON.stringify(identify(process.pid))}\n`, { mode: 0o600 });
  renameSync(`${path}.new`, path);
}

/** The live process that the file names, if that very process still runs. */
export function readPidFile(path: string): number | undefined {
  try {
    const named = IDENTITY.parse(JSON.parse(readFileSync(path, 'utf8')));
    const now = identify(named.pid);
    const same = now?.startTicks === named.startTicks && now.bootId === named.bootId;
    return same ? named.pid : undefined;
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
    return { pid, startTicks: Number(fields[19]), bootId };
  } catch {
    return undefined;
  }
}
