/** The `%` limit of job arrays: how many of its tasks may hold an allocation at once. */
import type { ClusterView } from '../model/cluster.ts';
import type { JobId } from '../model/ids.ts';
import type { Job } from '../model/job.ts';
import type { PendingReason } from '../model/reason.ts';

/** The array that this job is the record or a task of. */
export const arrayOf = (job: Job): JobId | undefined =>
  job.task ? job.task.array : job.pendingTasks.length > 0 ? job.id : undefined;

/** The reason when the array is at its limit; `started` counts this pass's tasks by array. */
export function throttled(
  view: ClusterView,
  job: Job,
  started: ReadonlyMap<JobId, number>,
): PendingReason | undefined {
  const limit = job.request.array?.throttle;
  const array = arrayOf(job);
  if (limit === undefined || array === undefined) return undefined;
  const running = (view.lookup.activeTasks.get(array) ?? 0) + (started.get(array) ?? 0);
  return running < limit ? undefined : { kind: 'JobArrayTaskLimit', limit, running };
}
