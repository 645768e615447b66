/** Attempts that began after the backup was taken decide the fate of their job, once all is known. */
import type { JobId } from '../model/ids.ts';
import type { JobEnd } from '../model/job.ts';
import type { FoundPart } from '../model/restoring.ts';
import { finishJob } from './finish.ts';
import type { Turn } from './turn.ts';
import { COMPLETED, endedWell } from './verdict.ts';

/**
 * A job whose newest attempt ended well is over. One that may not be rerun and has begun is over
 * too, whatever became of it; any other waits and runs again.
 */
export function concludeFound(turn: Turn, id: JobId): void {
  const job = turn.view.jobs.get(id);
  if (turn.view.restoring || job?.state.kind !== 'pending' || !job.found) return;
  const end = endOf(job.found, job.request.requeue);
  if (end) finishJob(turn, id, end);
}

function endOf(found: readonly FoundPart[], mayRunAgain: boolean): JobEnd | undefined {
  const last = Math.max(...found.map(({ id }) => id.attempt));
  const newest = found.filter(({ id }) => id.attempt === last);
  const why = `attempt ${last} ran after the backup that was restored`;
  const isWhole = newest.every(({ parts }) => parts === newest.length);
  if (isWhole && newest.every(({ outcome }) => outcome && endedWell(outcome))) {
    return { ...COMPLETED, message: `${why}; it ended well` };
  }
  const began = found.some(({ outcome }) => outcome?.kind !== 'neverStarted');
  if (mayRunAgain || !began) return undefined;
  return {
    ...COMPLETED,
    state: 'NODE_FAIL',
    exit: { code: 1, signal: 0 },
    reason: 'NodeDown',
    message: `${why}, and the job may not be rerun`,
  };
}
