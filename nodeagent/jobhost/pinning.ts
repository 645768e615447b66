import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { availableCores } from '../discovery/coreList.ts';
import { sysrootAt } from '../discovery/sysroot.ts';
import { ownRanks } from '../record/plannedRanks.ts';
import type { PartPlan } from '../record/partPlan.ts';

/**
 * Which cores a rank is pinned to: its share of the part's, where this machine really has
 * them (nodes may pretend) and `taskset` is installed. Empty: the kernel decides.
 */
const TASKSET = ['/usr/bin/taskset', '/bin/taskset'];

export function coresOfRank(plan: PartPlan, rank: number): readonly number[] {
  const part = plan.parts[plan.id.part];
  if (!part || !TASKSET.some((path) => existsSync(path))) return [];
  const mine = new Set(availableCores(sysrootAt('/')));
  if (part.cores.length < part.ranks * plan.coresPerRank) return [];
  if (!part.cores.every((core) => mine.has(core))) return [];
  const first = ownRanks(plan).indexOf(rank) * plan.coresPerRank;
  return part.cores.slice(first, first + plan.coresPerRank);
}

/** Best effort: a thread that has gone, or a refusal, changes nothing. */
export function pinThread(thread: number, cores: readonly number[]): void {
  if (cores.length === 0) return;
  execFile('taskset', ['-pc', cores.join(','), String(thread)], () => undefined);
}
