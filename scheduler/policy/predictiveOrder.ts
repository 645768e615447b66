/**
 * The smallest area (cores x time) first, so that short jobs do not wait for long ones; time
 * is the geometric mean of prediction and estimate, each of which errs in its own way. Nobody is overtaken for ever: once the oldest job has waited for `RESERVE_AFTER_MS`
 * it comes first, so that it has the reservation and nothing may start that delays it. A job
 * that n older ones precede is thus at the head after at most that time and n reservations,
 * the bound of EASY plus one constant.
 *
 * Run times are predicted from the user's last two jobs (Tsafrir, Etsion and Feitelson 2007)
 * and used for the order only: reservations and limits stay those of the user's estimate.
 */
import type { ClusterView } from '../model/cluster.ts';
import type { JobId } from '../model/ids.ts';
import type { Job } from '../model/job.ts';
import { DAY_MS } from '../model/time.ts';
import type { TimeMs } from '../model/time.ts';

const RESERVE_AFTER_MS = DAY_MS;

export function predictiveOrder(view: ClusterView, atMs: TimeMs): readonly JobId[] {
  const { ready } = view.lookup;
  if (ready.length < 2) return ready;
  const oldest = overdue(view, atMs);
  const others: { readonly id: JobId; readonly area: number }[] = [];
  for (const id of ready) {
    const job = view.jobs.get(id);
    if (job && id !== oldest) others.push({ id, area: areaOf(view, job) });
  }
  others.sort((a, b) => a.area - b.area || a.id - b.id);
  const rest = others.map(({ id }) => id);
  return oldest === undefined ? rest : [oldest, ...rest];
}

/** The head of the queue, if it has waited long enough to be served before all others. */
function overdue(view: ClusterView, atMs: TimeMs): JobId | undefined {
  const id = view.lookup.ready[0];
  const state = id === undefined ? undefined : view.jobs.get(id)?.state;
  if (state?.kind !== 'pending') return undefined;
  return atMs - state.eligibleMs >= RESERVE_AFTER_MS ? id : undefined;
}

const areaOf = (view: ClusterView, job: Job): number =>
  job.request.ranks *
  job.request.coresPerRank *
  Math.sqrt(predictedMs(view, job) * (job.request.timeLimitMs || DAY_MS));

/** The mean of the user's last two runs, but no more than the time limit. */
export function predictedMs(view: ClusterView, job: Job): number {
  const limitMs = job.request.timeLimitMs || Infinity;
  const runs = view.recentRunsMs.get(job.user);
  if (!runs || runs.length === 0) return limitMs;
  const mean = runs.reduce((sum, ms) => sum + ms, 0) / runs.length;
  return Math.min(limitMs, mean);
}
