import type { Sysroot } from './sysroot.ts';

/** A list of cores is not one: `3-1`, `x`. */
export class BadCoreListError extends Error {
  override readonly name = 'BadCoreListError';
}

const HIGHEST_CORE = 4_095;

/** The kernel's list format: `0-3,5` -> 0 1 2 3 5, ascending, each once. */
export function parseCoreList(list: string): number[] {
  const cores = new Set<number>();
  for (const range of list.trim().split(',')) {
    const match = /^(\d+)(?:-(\d+))?$/.exec(range.trim());
    const first = Number(match?.[1]);
    const last = Number(match?.[2] ?? match?.[1]);
    if (!match || last < first || last > HIGHEST_CORE)
      throw new BadCoreListError(`'${list}' is not a list of cores; write for example 0-3,5`);
    for (let core = first; core <= last; core += 1) cores.add(core);
  }
  return [...cores].sort((a, b) => a - b);
}

/** Cores that are online and that this process may use. */
export function availableCores(sysroot: Sysroot): number[] {
  const allowed = /^Cpus_allowed_list:\s*(\S+)/m.exec(sysroot.read('/proc/self/status') ?? '')?.[1];
  const online = sysroot.read('/sys/devices/system/cpu/online');
  const usable = online ? parseCoreList(online) : [0];
  const mine = allowed ? new Set(parseCoreList(allowed)) : undefined;
  return mine ? usable.filter((core) => mine.has(core)) : usable;
}
