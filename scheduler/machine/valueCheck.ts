/** Numbers of a request that no cluster could take, and parts that contradict each other. */
import type { ClusterView } from '../model/cluster.ts';
import { contradiction } from '../model/contradiction.ts';
import type { Principal } from '../model/input.ts';
import type { Refusal } from '../model/refusal.ts';
import type { JobRequest } from '../model/request.ts';
import type { TimeMs } from '../model/time.ts';

export function refuseValues(view: ClusterView, request: JobRequest): Refusal | undefined {
  const { nodes, ranksRange } = request;
  const whole: readonly (readonly [field: string, value: number | undefined, least: number])[] = [
    ['ranks', request.ranks, 1],
    ['ranks', ranksRange?.least, 1],
    ['ranks', ranksRange?.most, 1],
    ['nodes', nodes?.least, 1],
    ['nodes', nodes?.most, 1],
    ['ranks-per-node', request.ranksPerNode, 1],
    ['cores-per-rank', request.coresPerRank, 1],
    ['memory-per-rank', request.memoryPerRankBytes, 0],
    ['time', request.timeLimitMs, 0],
    ['min-time', request.minTimeMs, 1],
    ['nice', request.nice, -MOST_NICE],
  ];
  for (const [field, value, least] of whole) {
    if (value === undefined || (Number.isSafeInteger(value) && value >= least)) continue;
    return badValue(field, value, `a whole number of at least ${least}`);
  }
  return contradiction(request) ?? (request.array && refuseArray(view, request.array));
}

function refuseArray(
  view: ClusterView,
  array: NonNullable<JobRequest['array']>,
): Refusal | undefined {
  const { indexes, throttle } = array;
  const limit = view.settings.maxArrayTasks;
  if (indexes.length === 0) return badValue('array', '', 'at least one task');
  if (indexes.length > limit) {
    return { code: 'arrayTooLarge', tasks: indexes.length, limit };
  }
  for (const [at, index] of indexes.entries()) {
    const fine = Number.isSafeInteger(index) && index >= 0 && index > (indexes[at - 1] ?? -1);
    if (!fine) return badValue('array', index, 'ascending whole numbers of at least 0');
  }
  const fine = throttle === undefined || (Number.isSafeInteger(throttle) && throttle >= 1);
  return fine ? undefined : badValue('array', `%${throttle}`, 'at least 1 task at once');
}

/** Slurm's. */
const MOST_NICE = 2_147_483_645;

/** What depends on who asks and when. */
export const refuseWish = (
  request: JobRequest,
  { by, atMs }: { readonly by: Principal; readonly atMs: TimeMs },
): Refusal | undefined => refuseNice(request, by) ?? refuseDeadline(request, atMs);

/** A better place in the queue is not one's own to give. */
export function refuseNice({ nice = 0 }: JobRequest, by: Principal): Refusal | undefined {
  if (nice >= 0 || by.role !== 'user') return undefined;
  return { code: 'notAllowed', verb: 'a negative nice', role: by.role };
}

export function refuseDeadline(request: JobRequest, atMs: TimeMs): Refusal | undefined {
  const { deadlineMs, minTimeMs, timeLimitMs, beginMs } = request;
  if (deadlineMs === undefined) return undefined;
  const fromMs = Math.max(atMs, beginMs ?? 0);
  const neededMs = minTimeMs ?? timeLimitMs;
  if (fromMs + neededMs <= deadlineMs) return undefined;
  return { code: 'deadlineTooSoon', deadlineMs, fromMs, neededMs };
}

const badValue = (field: string, value: number | string, limit: string): Refusal => ({
  code: 'badValue',
  field,
  value: String(value),
  limit,
});
