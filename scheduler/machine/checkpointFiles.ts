/** What a job's checkpoints occupy in the object store, and when that is let go. */
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

export function checkpointFiles(job: Job): string[] {
  const parts = (job.state.kind === 'active' && job.state.attempt.checkpoints) || [];
  const all = [...parts.flatMap((part) => part?.files ?? []), ...(job.checkpoint?.files ?? [])];
  return [...new Set(all.map(({ sha256 }) => sha256))];
}

export function forget(turn: Turn, sha256s: readonly string[]): void {
  if (sha256s.length > 0) turn.tell({ kind: 'forgetFiles', sha256s });
}
