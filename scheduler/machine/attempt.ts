/**
 * The life of an attempt after its start: parts end, the gang ends together, and when all
 * parts are over the job's fate is decided once (conclude.ts).
 */
import type { Job } from '../model/job.ts';
import type { PartId, JobId } from '../model/ids.ts';
import type { PartEnd, PartOutcome } from '../model/outcome.ts';
import type { Attempt, AttemptEnding } from '../model/part.ts';
import { concludeAttempt, mayRunAgain } from './conclude.ts';
import { existing } from './invariantError.ts';
import { endedWell } from './verdict.ts';
import type { Turn } from './turn.ts';

/** The attempt of an active job. */
export const attemptOf = (job: Job | undefined): Attempt | undefined =>
  job?.state.kind === 'active' ? job.state.attempt : undefined;

/** The part is over, with everything that follows for its siblings and its job. */
export function endPart(turn: Turn, id: PartId, end: PartEnd): void {
  const before = existing(attemptOf(turn.view.jobs.get(id.job)), `attempt of job ${id.job}`);
  const { node } = existing(before.parts[id.part], `part ${id.part}`);
  turn.record({ kind: 'partEnded', part: id, node, end });
  const job = existing(turn.view.jobs.get(id.job), `job ${id.job}`);
  const attempt = existing(attemptOf(job), `attempt of job ${id.job}`);
  if (attempt.parts.every((part) => part.state.kind === 'ended')) {
    concludeAttempt(turn, job, attempt);
    return;
  }
  if (!endedWell(end.outcome)) {
    beginEnding(turn, id.job, { kind: 'partFailed', part: id.part, atMs: turn.atMs });
  }
}

/** A part that left no record of its own. */
export function endPartWithout(turn: Turn, id: PartId, outcome: PartOutcome): void {
  endPart(turn, id, {
    outcome,
    elapsedMs: 0,
    usage: [],
    output: [],
    files: [],
    result: undefined,
    peakMemoryBytes: undefined,
    throttled: false,
  });
}

/**
 * All parts shall end. The first cause stands, but a cancel takes the place of one after
 * which the job would run again.
 */
export function beginEnding(turn: Turn, id: JobId, ending: AttemptEnding): void {
  const job = existing(turn.view.jobs.get(id), `job ${id}`);
  const attempt = existing(attemptOf(job), `attempt of job ${id}`);
  if (attempt.ending) {
    if (ending.kind !== 'cancelled' || !mayRunAgain(job, attempt)) return;
  }
  turn.record({ kind: 'attemptEnding', job: id, attempt: attempt.number, ending });
}
