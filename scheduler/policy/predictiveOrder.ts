/**
 * Every job is due at its turn in first come, first served, put off by the share of recent jobs
 * that were smaller: the smallest not at all, the largest by `slackMs`; in that order it is
 * served. So small jobs pass large ones, and nobody is passed by a job that came `slackMs`
 * after it. A job that n others precede when it is due is then at the head after n
 * reservations, the bound of EASY. The slack follows the longest wait of late, so that large
 * jobs bear about what any job bears under EASY, on idle machines and on busy ones.
 *
 * Sizes are predicted and used for the order only: reservations keep to the time limits.
 */
import type { ClusterView } from '../model/cluster.ts';
import type { JobId } from '../model/ids.ts';
import { DAY_MS, HOUR_MS, SECOND_MS } from '../model/time.ts';
import type { TimeMs } from '../model/time.ts';
import { predictedArea } from './prediction.ts';
import { rankOrder } from './queueOrder.ts';
import { pastStarts, sizeClass } from './recentStarts.ts';

/** Before anything has waited. */
const LEAST_SLACK_MS = 6 * HOUR_MS;
/** Of the longest recent wait. */
const SLACK_FACTOR = 1.25;
/** Whatever the past was. */
export const MOST_SLACK_MS = 7 * DAY_MS;

/** By how much the largest job is put off at most. */
export const slackMs = (longestWaitS: number): number =>
  Math.min(MOST_SLACK_MS, LEAST_SLACK_MS + SLACK_FACTOR * longestWaitS * SECOND_MS);

/** Within the tiers and priorities of the queue. */
export function predictiveOrder(view: ClusterView, atMs: TimeMs): readonly JobId[] {
  const { ready } = view.lookup;
  if (ready.length < 2) return ready;
  const { longestWaitS, shareBelow } = pastStarts(view.recentStarts);
  const slack = slackMs(longestWaitS);
  const due: { readonly id: JobId; readonly dueMs: number }[] = [];
  for (const id of ready) {
    const job = view.jobs.get(id);
    if (job?.state.kind !== 'pending') continue;
    const share = shareBelow(sizeClass(predictedArea(view, job, atMs)));
    due.push({ id, dueMs: Math.round(job.state.eligibleMs + slack * share) });
  }
  const outranks = rankOrder(view);
  due.sort((a, b) => outranks?.(a.id, b.id) || a.dueMs - b.dueMs || a.id - b.id);
  return due.map(({ id }) => id);
}
