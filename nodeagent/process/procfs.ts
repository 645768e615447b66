import { readFileSync, readdirSync } from 'node:fs';

/** What /proc says about processes. Every function copes with a process that has just gone. */

export type ProcessStat = {
  readonly process: number;
  /** By a signal, all of its threads. */
  readonly stopped: boolean;
  readonly parent: number;
  readonly session: number;
  /** Own CPU time, without children, in clock ticks. */
  readonly ownTicks: number;
  /** CPU time of children that it has waited for, in clock ticks. */
  readonly childTicks: number;
  readonly startTicks: number;
  readonly residentBytes: number;
};

/** USER_HZ: 100 on every Linux that Node runs on. */
export const TICK_MS = 10;
const AT_PAGESZ = 6n;

/** 4 KiB on most, 16 KiB on a Raspberry Pi 5: the kernel tells every process in its auxv. */
function pageBytes(): number {
  const words = new BigUint64Array(new Uint8Array(readFileSync('/proc/self/auxv')).buffer);
  for (let i = 0; i + 1 < words.length; i += 2)
    if (words[i] === AT_PAGESZ) return Number(words[i + 1]);
  return 4_096;
}
let pageSize: number | undefined;

function readProc(path: string): string | undefined {
  try {
    return readFileSync(`/proc/${path}`, 'utf8');
  } catch {
    return undefined;
  }
}

export function parseStat(line: string): ProcessStat | undefined {
  const nameEnd = line.lastIndexOf(')');
  if (nameEnd < 0) return undefined;
  const fields = line.slice(nameEnd + 2).split(' ');
  const field = (number: number): number => Number(fields[number - 3] ?? 0);
  return {
    process: Number.parseInt(line, 10),
    stopped: fields[0] === 'T',
    parent: field(4),
    session: field(6),
    ownTicks: field(14) + field(15),
    childTicks: field(16) + field(17),
    startTicks: field(22),
    residentBytes: field(24) * (pageSize ??= pageBytes()),
  };
}

export function statOf(process: number | 'self'): ProcessStat | undefined {
  const line = readProc(`${process}/stat`);
  return line === undefined ? undefined : parseStat(line);
}

export const processIds = (): number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);

export const allStats = (): ProcessStat[] =>
  processIds()
    .map((id) => statOf(id))
    .filter((stat) => stat !== undefined);

/** Highest resident memory so far (VmHWM). */
export function peakMemoryOf(process: number | 'self'): number | undefined {
  const kib = /^VmHWM:\s+(\d+) kB/m.exec(readProc(`${process}/status`) ?? '')?.[1];
  return kib === undefined ? undefined : Number(kib) * 1_024;
}

/** Proportional share of resident memory: shared pages counted once over all their users. */
export function proportionalMemoryOf(process: number): number | undefined {
  const kib = /^Pss:\s+(\d+) kB/m.exec(readProc(`${process}/smaps_rollup`) ?? '')?.[1];
  return kib === undefined ? undefined : Number(kib) * 1_024;
}

/** CPU time of one thread of this process in milliseconds, to the nanosecond. */
export function threadCpuMs(thread: number): number | undefined {
  const nanoseconds = readProc(`self/task/${thread}/schedstat`)?.split(' ')[0];
  return nanoseconds === undefined ? undefined : Number(nanoseconds) / 1e6;
}

/** Processes whose environment holds `entry`, for example `PIBATCH_PART_FOLDER=/...`. */
export function processesWithEnvironment(entry: string): number[] {
  return processIds().filter((id) => {
    const environment = readProc(`${id}/environ`);
    return environment !== undefined && environment.split('\0').includes(entry);
  });
}
