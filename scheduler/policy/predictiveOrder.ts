/**
 * The smallest predicted area (cores x time) first, so that short jobs do not wait for long
 * ones; nobody is overtaken for ever: who has waited longer than the age limit comes before
 * all who have not, in queue order. Run times are predicted from the user's last two jobs
 * (Tsafrir, Etsion and Feitelson 2007) and used for the order only, never to end a job.
 */
import type { ClusterView } from '../model/cluster.ts';
import type { JobId } from '../model/ids.ts';
import type { Job } from '../model/job.ts';
import { DAY_MS } from '../model/time.ts';
import type { TimeMs } from '../model/time.ts';

const AGE_LIMIT_MS = 2 * DAY_MS;

export function predictiveOrder(view: ClusterView, atMs: TimeMs): readonly JobId[] {
  const { ready } = view.lookup;
  if (ready.length < 2) return ready;
  const aged: JobId[] = [];
  const others: { readonly id: JobId; readonly area: number }[] = [];
  for (const id of ready) {
    const job = view.jobs.get(id);
    if (!job) continue;
    if (waitedMs(job, atMs) > AGE_LIMIT_MS) aged.push(id);
    else others.push({ id, area: areaOf(view, job) });
  }
  others.sort((a, b) => a.area - b.area || a.id - b.id);
  return [...aged, ...others.map(({ id }) => id)];
}

const waitedMs = (job: Job, atMs: TimeMs): number =>
  job.state.kind === 'pending' ? atMs - job.state.eligibleMs : 0;

const areaOf = (view: ClusterView, job: Job): number =>
  job.request.ranks * job.request.coresPerRank * predictedMs(view, job);

/** The mean of the user's last two runs, but no more than the time limit. */
export function predictedMs(view: ClusterView, job: Job): number {
  const limitMs = job.request.timeLimitMs || Infinity;
  const runs = view.recentRunsMs.get(job.user);
  if (!runs || runs.length === 0) return limitMs;
  const mean = runs.reduce((sum, ms) => sum + ms, 0) / runs.length;
  return Math.min(limitMs, mean);
}
