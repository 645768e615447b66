/** Jobs that must be over by a moment: they end as DEADLINE once that cannot be any more. */
import type { ClusterView } from '../model/cluster.ts';
import type { JobId } from '../model/ids.ts';
import type { JobRequest } from '../model/request.ts';
import type { TimeMs } from '../model/time.ts';
import { timeMs } from '../model/time.ts';
import { dropTasks, finishJob } from './finish.ts';
import type { Turn } from './turn.ts';
import { deadlineEnd } from './verdict.ts';

/** The last moment at which it may start and, running as long as it must be able to, end in time. */
export function lastStart(request: JobRequest): TimeMs | undefined {
  const { deadlineMs, minTimeMs, timeLimitMs } = request;
  return deadlineMs === undefined ? undefined : timeMs(deadlineMs - (minTimeMs ?? timeLimitMs));
}

/** From when on a pending job is too late. */
export function pendingDeadline(view: ClusterView, id: JobId): TimeMs | undefined {
  const job = view.jobs.get(id);
  const last = job && lastStart(job.request);
  return last === undefined ? undefined : timeMs(last + 1);
}

export function endIfTooLate(turn: Turn, id: JobId): void {
  const job = turn.view.jobs.get(id);
  const tooLateMs = pendingDeadline(turn.view, id);
  if (job?.state.kind !== 'pending' || tooLateMs === undefined || turn.atMs < tooLateMs) return;
  if (job.pendingTasks.length > 0) dropTasks(turn, job, job.pendingTasks, 'deadline');
  if (!turn.view.jobs.has(id)) return;
  finishJob(turn, id, deadlineEnd('it could no longer end by its deadline'));
}
