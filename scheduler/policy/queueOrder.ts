/**
 * The order of the queue: by tier of the partition, then by priority, both descending, then by
 * job id: first come, first served; a requeued job keeps its place.
 */
import type { Settings } from '../model/cluster.ts';
import type { JobId } from '../model/ids.ts';
import type { Job } from '../model/job.ts';

/** What the order is read from; a cluster and a view of it are such. */
export type Ranked = {
  readonly settings: Pick<Settings, 'partitions'>;
  readonly jobs: ReadonlyMap<JobId, Job>;
  readonly lookup: { readonly priorities: ReadonlyMap<JobId, number> };
};

/** Negative when `a` comes first. Ids need not be of live jobs: such a job has priority 0, tier 1. */
export type QueueOrder = (a: JobId, b: JobId) => number;

const byId: QueueOrder = (a, b) => a - b;

export function queueOrder(ranked: Ranked): QueueOrder {
  const outranks = rankOrder(ranked);
  return outranks ? (a, b) => outranks(a, b) || a - b : byId;
}

/** Tier and priority alone, 0 for equals; undefined when all jobs are equal in both. */
export function rankOrder({ settings, jobs, lookup }: Ranked): QueueOrder | undefined {
  const { priorities } = lookup;
  const byPriority: QueueOrder = (a, b) => (priorities.get(b) ?? 0) - (priorities.get(a) ?? 0);
  const tiers = new Map(settings.partitions.map(({ name, tier = 1 }) => [name, tier]));
  if (new Set(tiers.values()).size < 2) return priorities.size > 0 ? byPriority : undefined;
  const tierOf = (id: JobId): number => tiers.get(jobs.get(id)?.request.partition ?? '') ?? 1;
  return (a, b) => tierOf(b) - tierOf(a) || byPriority(a, b);
}

/** Where `id` is or would be in a list of this order. */
export function positionIn(ordered: readonly JobId[], id: JobId, order: QueueOrder): number {
  let low = 0;
  let high = ordered.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const other = ordered[middle];
    if (other !== undefined && order(other, id) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

export function isOrdered(ids: readonly JobId[], order: QueueOrder): boolean {
  for (let at = 1; at < ids.length; at += 1) {
    const before = ids[at - 1];
    const id = ids[at];
    if (before !== undefined && id !== undefined && order(before, id) > 0) return false;
  }
  return true;
}

/** Where `number` is or would be in an ascending list. */
export function positionOf(ascending: readonly number[], number: number): number {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ascending[middle] ?? 0) < number) low = middle + 1;
    else high = middle;
  }
  return low;
}
