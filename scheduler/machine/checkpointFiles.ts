/** What a job's checkpoints occupy in the object store, and when that is let go. */
import type { PartCheckpoint } from '../model/checkpoint.ts';
import type { PartId } from '../model/ids.ts';
import type { Job } from '../model/job.ts';
import type { Turn } from './turn.ts';

/** The attempt is over: what its parts stored and nobody completed is of no use. */
export function forgetAttempt(turn: Turn, job: Job): void {
  const kept = new Set(job.checkpoint?.files.map(({ sha256 }) => sha256));
  forget(
    turn,
    checkpointFiles(job).filter((sha256) => !kept.has(sha256)),
  );
}

/** The job is over. */
export const forgetJob = (turn: Turn, job: Job): void => forget(turn, checkpointFiles(job));

/** Stored by a part that is over for us: if its job does not name it, nobody ever will. */
export function forgetStray(turn: Turn, id: PartId, stored: PartCheckpoint | undefined): void {
  const job = turn.view.jobs.get(id.job);
  const named = new Set(job ? checkpointFiles(job) : []);
  const files = stored?.files.map(({ sha256 }) => sha256) ?? [];
  forget(
    turn,
    files.filter((sha256) => !named.has(sha256)),
  );
}

export function checkpointFiles(job: Job): string[] {
  const parts = (job.state.kind === 'active' && job.state.attempt.checkpoints) || [];
  const all = [...parts.flatMap((part) => part?.files ?? []), ...(job.checkpoint?.files ?? [])];
  return [...new Set(all.map(({ sha256 }) => sha256))];
}

export function forget(turn: Turn, sha256s: readonly string[]): void {
  if (sha256s.length > 0) turn.tell({ kind: 'forgetFiles', sha256s });
}
