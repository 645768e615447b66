/** What events do to suspended attempts. */
import type { Cluster } from '../model/cluster.ts';
import type { Event } from '../model/event.ts';
import type { Attempt, PartState } from '../model/part.ts';
import { settleSuspension } from '../model/suspension.ts';
import type { TimeMs } from '../model/time.ts';
import { activeAttempt, changePart, putAttempt } from './applyPart.ts';
import { ensure } from './invariantError.ts';
import { forgetPlan } from './lookup.ts';

type SuspensionEvent = Extract<
  Event,
  { kind: 'jobSuspended' | 'jobResumed' | 'partSuspended' | 'partResumed' }
>;

export function applySuspension(cluster: Cluster, event: SuspensionEvent): void {
  const { atMs } = event;
  switch (event.kind) {
    case 'jobSuspended':
    case 'jobResumed': {
      const { job, attempt } = activeAttempt(cluster, event.job, event.attempt);
      const next =
        event.kind === 'jobSuspended' ? suspended(attempt, event.by, atMs) : resumed(attempt);
      putAttempt(cluster, job, settleSuspension(next, atMs), atMs);
      return forgetPlan(cluster.lookup);
    }
    case 'partSuspended': {
      changePart(cluster, event.part, atMs, (state) => stopped(state, atMs));
      const { job, attempt } = activeAttempt(cluster, event.part.job, event.part.attempt);
      if (attempt.suspension) return;
      // The order to stop came late: it has been told to go on since, and is told again.
      const suspension = { by: 'system', sinceMs: atMs, resumed: true } as const;
      return putAttempt(cluster, job, { ...attempt, suspension }, atMs);
    }
    case 'partResumed': {
      changePart(cluster, event.part, atMs, going);
      const { job, attempt } = activeAttempt(cluster, event.part.job, event.part.attempt);
      return putAttempt(cluster, job, settleSuspension(attempt, atMs), atMs);
    }
  }
}

/** One that is still going on from the last suspension has been suspended since then. */
function suspended(attempt: Attempt, by: string, atMs: TimeMs): Attempt {
  const sinceMs = attempt.suspension?.sinceMs ?? atMs;
  return { ...attempt, suspension: { by, sinceMs } };
}

function resumed(attempt: Attempt): Attempt {
  const { suspension } = attempt;
  ensure(suspension !== undefined, `attempt ${attempt.number} is not suspended`);
  return suspension ? { ...attempt, suspension: { ...suspension, resumed: true } } : attempt;
}

const stopped = (state: PartState, stoppedMs: TimeMs): PartState =>
  state.kind === 'running' ? { ...state, stoppedMs } : state;

function going(state: PartState): PartState {
  if (state.kind !== 'running') return state;
  const { stoppedMs: _since, ...rest } = state;
  return rest;
}
