/** All parts of an attempt are over: the job ends, or waits to run again. Decided once. */
import { ranksText, rankLayout } from '../model/rankLayout.ts';
import type { Job, JobEnd } from '../model/job.ts';
import { timeLimitOf } from '../model/job.ts';
import type { Attempt, AttemptEnding, Part } from '../model/part.ts';
import { HOUR_MS, later, SECOND_MS } from '../model/time.ts';
import { usageFactorOf } from '../policy/fairShare.ts';
import { concludeFound } from './found.ts';
import { forgetAttempt } from './checkpointFiles.ts';
import { finishJob } from './finish.ts';
import { existing } from './invariantError.ts';
import type { Turn } from './turn.ts';
import {
  cancelledEnd,
  COMPLETED,
  deadlineEnd,
  endBecauseOf,
  type NamedPart,
  endedWell,
  launchFailedEnd,
  preemptedEnd,
  systemFailed,
  timeoutEnd,
} from './verdict.ts';

/** After the n-th failure of the system a job waits 10 s x 2^n, at most an hour. */
const BACKOFF_MS = 10 * SECOND_MS;

type Fate =
  | { readonly kind: 'finish'; readonly end: JobEnd }
  | {
      readonly kind: 'requeue';
      readonly why: string;
      readonly counted: boolean;
      readonly waitMs?: number;
    };

export function concludeAttempt(turn: Turn, job: Job, attempt: Attempt): void {
  const fate = fateOf(job, attempt);
  if (fate.kind === 'finish') finishJob(turn, job.id, fate.end);
  else requeueJob(turn, job, attempt, fate);
}

/** Whether the job, as things stand, would be requeued when its parts are over. */
export const mayRunAgain = (job: Job, attempt: Attempt): boolean =>
  fateOf(job, attempt).kind === 'requeue';

function fateOf(job: Job, attempt: Attempt): Fate {
  const { ending, parts } = attempt;
  switch (ending?.kind) {
    case 'cancelled':
      return { kind: 'finish', end: cancelledEnd(ending.by) };
    case 'requeued':
      return { kind: 'requeue', why: `requeued by ${ending.by}`, counted: false };
    case 'preempted':
      return afterPreemption(job, attempt, ending);
    case 'timeLimit':
      return {
        kind: 'finish',
        end: timeoutEnd('the time limit was over and the node did not act'),
      };
    case 'deadline':
      return { kind: 'finish', end: deadlineEnd('its deadline came while it ran') };
    case 'launchTimedOut': {
      if (parts.every(partEndedWell)) return { kind: 'finish', end: COMPLETED };
      const { node } = existing(parts[ending.part], `part ${ending.part}`);
      return again(job, launchFailedEnd(`${node} did not take the launch order in time`));
    }
    case 'partFailed':
      return fateAfter(job, causeOf(parts, existing(parts[ending.part], `part ${ending.part}`)));
    case undefined: {
      const bad = parts.find((part) => part.state.kind === 'ended' && !partEndedWell(part));
      return bad ? fateAfter(job, causeOf(parts, bad)) : { kind: 'finish', end: COMPLETED };
    }
  }
}

/**
 * One that came to its end within the grace time has ended well. One that is to run again waits
 * until those for whom it went have had time to start, though the queue may have it before them.
 */
function afterPreemption(
  job: Job,
  { parts }: Attempt,
  { by, mode, graceMs }: Extract<AttemptEnding, { kind: 'preempted' }>,
): Fate {
  if (parts.every(partEndedWell)) return { kind: 'finish', end: COMPLETED };
  const why = by === undefined ? 'preempted by other work' : `preempted by job ${by}`;
  return mode === 'requeue' && job.request.requeue
    ? { kind: 'requeue', why, counted: false, waitMs: BACKOFF_MS + (graceMs ?? 0) }
    : { kind: 'finish', end: preemptedEnd(why) };
}

const partEndedWell = (part: Part): boolean =>
  part.state.kind === 'ended' && endedWell(part.state.end.outcome);

/** A part that only lost a peer is no cause: the one that ended badly by itself is. */
function causeOf(parts: readonly Part[], first: Part): Part {
  if (!lostPeer(first)) return first;
  const own = parts.filter((part) => part.state.kind === 'ended' && !partEndedWell(part));
  return own.find((part) => !lostPeer(part) && !wasKilled(part)) ?? first;
}

const lostPeer = ({ state }: Part): boolean =>
  state.kind === 'ended' &&
  state.end.outcome.kind === 'exited' &&
  state.end.outcome.failure?.peerLost === true;

const wasKilled = ({ state }: Part): boolean =>
  state.kind === 'ended' && state.end.outcome.kind === 'killed';

function fateAfter(job: Job, part: Part): Fate {
  if (part.state.kind !== 'ended') return { kind: 'finish', end: COMPLETED };
  const { outcome } = part.state.end;
  const end = endBecauseOf(named(job, part), outcome, timeLimitOf(job));
  return systemFailed(outcome) ? again(job, end) : { kind: 'finish', end };
}

const again = (job: Job, end: JobEnd): Fate =>
  job.request.requeue
    ? { kind: 'requeue', why: end.message ?? end.reason, counted: true }
    : { kind: 'finish', end };

function requeueJob(
  turn: Turn,
  job: Job,
  attempt: Attempt,
  fate: Extract<Fate, { kind: 'requeue' }>,
): void {
  const waitMs = fate.counted
    ? Math.min(HOUR_MS, BACKOFF_MS * 2 ** job.failedAttempts)
    : (fate.waitMs ?? 0);
  forgetAttempt(turn, job);
  turn.record({
    kind: 'jobRequeued',
    job: job.id,
    attempt: attempt.number,
    why: fate.why,
    eligibleMs: later(turn.atMs, waitMs),
    counted: fate.counted,
    ...usageFactorOf(turn.view.settings, job),
  });
  if (fate.counted && job.failedAttempts >= turn.view.settings.requeueLimit) {
    turn.record({ kind: 'jobHeld', job: job.id, hold: 'requeueLimit' });
  }
  concludeFound(turn, job.id);
}

function named(job: Job, part: Part): NamedPart {
  const parts = job.state.kind === 'active' ? job.state.attempt.parts : [part];
  const counts = parts.map(({ ranks }) => ranks);
  const ranks = rankLayout(counts, job.request.distribution)[parts.indexOf(part)] ?? [];
  return { ...part, ranksText: ranksText(ranks) };
}
