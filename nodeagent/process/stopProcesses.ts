import { constants } from 'node:os';
import { allStats, processesWithEnvironment } from './procfs.ts';
import type { ProcessStat } from './procfs.ts';
import { sessionOf } from './processTree.ts';
import { signalProcess } from './signalProcess.ts';

/**
 * Stops whatever a part has started beside its job host, wherever it hid: the sessions of `leaders`
 * with all descendants, and what carries the part's folder in its environment. SIGSTOP cannot be
 * caught, and a stopped process starts no other: when a look finds nothing new, all are stopped.
 */
export function stopProcesses(folder: string, leaders: readonly number[]): void {
  const told = new Set<number>();
  for (;;) {
    const found = processesOf(folder, leaders).filter((id) => !told.has(id));
    if (found.length === 0) return;
    for (const id of found) {
      told.add(id);
      signalProcess(id, constants.signals.SIGSTOP);
    }
  }
}

/** Those that were stopped go on; safe for those that were not. */
export function continueProcesses(folder: string, leaders: readonly number[]): void {
  for (const id of processesOf(folder, leaders)) signalProcess(id, constants.signals.SIGCONT);
}

function processesOf(folder: string, leaders: readonly number[]): readonly number[] {
  const stats = allStats();
  const marked = processesWithEnvironment(`PIBATCH_PART_FOLDER=${folder}`);
  const found = new Set(marked);
  for (const leader of leaders)
    for (const { process: id } of sessionOf(stats, leader)) found.add(id);
  for (const { process: id } of descendantsOf(stats, marked)) found.add(id);
  found.delete(process.pid);
  return [...found];
}

/** Children that cleared their environment are still children. */
function descendantsOf(stats: readonly ProcessStat[], parents: readonly number[]): ProcessStat[] {
  const members = new Set(parents);
  const found: ProcessStat[] = [];
  for (let grew = true; grew; ) {
    const joining = stats.filter(
      ({ process: id, parent }) => members.has(parent) && !members.has(id),
    );
    for (const stat of joining) members.add(stat.process);
    found.push(...joining);
    grew = joining.length > 0;
  }
  return found;
}
