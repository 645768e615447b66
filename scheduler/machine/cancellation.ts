/** Jobs and waiting array tasks leave on somebody's wish. */
import type { Job } from '../model/job.ts';
import { beginEnding } from './attempt.ts';
import { dropTasks, finishJob } from './finish.ts';
import type { Turn } from './turn.ts';
import { cancelledEnd } from './verdict.ts';

/** A waiting job is over at once; a running one when its parts have ended. */
export function cancelJob(turn: Turn, job: Job, by: string): void {
  if (job.state.kind === 'active') {
    beginEnding(turn, job.id, { kind: 'cancelled', by, atMs: turn.atMs });
  } else if (job.pendingTasks.length > 0) {
    cancelTasks(turn, job, job.pendingTasks, by);
  } else {
    finishJob(turn, job.id, cancelledEnd(by));
  }
}

/** Takes waiting tasks out of an array's record, and the record away with the last one. */
export function cancelTasks(turn: Turn, record: Job, tasks: readonly number[], by: string): void {
  dropTasks(turn, record, tasks, by);
  const left = turn.view.jobs.get(record.id)?.pendingTasks.length ?? 0;
  if (left === 0) finishJob(turn, record.id, cancelledEnd(by));
}
