/**
 * How long a job will run: the mean of its user's last two runs (Tsafrir, Etsion and Feitelson
 * 2007), at most its time limit, and corrected when the job has run longer. For orders and
 * estimates alone: reservations and ends are those of the time limit, nothing is killed by this.
 */
import type { ClusterView } from '../model/cluster.ts';
import type { Job } from '../model/job.ts';
import { DAY_MS } from '../model/time.ts';
import type { TimeMs } from '../model/time.ts';

/** What predictions are read from; a cluster and a view of it are such. */
export type RunHistory = Pick<ClusterView, 'recentRunsMs'>;

/** Of the whole run, from its start; Infinity when neither history nor limit says anything. */
export function predictedMs(history: RunHistory, job: Job, atMs: TimeMs): number {
  const limitMs = job.request.timeLimitMs || Infinity;
  const runs = history.recentRunsMs.get(job.user) ?? [];
  if (runs.length === 0) return limitMs;
  const mean = runs.reduce((sum, ms) => sum + ms, 0) / runs.length;
  const elapsedMs = job.state.kind === 'active' ? atMs - job.state.attempt.startedMs : 0;
  return Math.min(limitMs, elapsedMs < mean ? mean : correctedMs(mean, elapsedMs));
}

/** Doubled until it is longer than what has passed. */
function correctedMs(predicted: number, elapsedMs: number): number {
  let corrected = Math.max(1, predicted);
  while (corrected <= elapsedMs) corrected *= 2;
  return corrected;
}

/**
 * Cores times the time they will be held, to be compared only: time is squared so that short
 * jobs come first, as prediction times limit, each of which errs in its own way.
 */
export function predictedArea(history: RunHistory, job: Job, atMs: TimeMs): number {
  const { ranks, coresPerRank, timeLimitMs } = job.request;
  const limitMs = timeLimitMs || UNLIMITED_MS;
  return ranks * coresPerRank * Math.min(limitMs, predictedMs(history, job, atMs)) * limitMs;
}

/** What a job without a time limit counts as. */
const UNLIMITED_MS = 30 * DAY_MS;
