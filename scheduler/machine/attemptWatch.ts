/** Attempts that do not get on: launches are resent and given up, a forgotten time limit is enforced. */
import type { ClusterView } from '../model/cluster.ts';
import type { JobId } from '../model/ids.ts';
import type { Job } from '../model/job.ts';
import { timeLimitOf } from '../model/job.ts';
import type { Attempt, PartState } from '../model/part.ts';
import { later, timeMs } from '../model/time.ts';
import type { TimeMs } from '../model/time.ts';
import { attemptOf, beginEnding } from './attempt.ts';
import { launchOrder } from './orders.ts';
import type { Turn } from './turn.ts';

/** A node that has the order on disk may take this many times as long: it fetches files. */
const ACCEPTED_PATIENCE = 10;

/** When the attempt must be looked at next. */
export function attemptDeadline(view: ClusterView, job: Job): TimeMs | undefined {
  const attempt = attemptOf(job);
  if (!attempt || attempt.ending) return undefined;
  const limit = limitDeadline(view, job, attempt);
  const { deadlineMs } = job.request;
  let next = deadlineMs !== undefined && !(limit && limit < deadlineMs) ? deadlineMs : limit;
  for (const { state } of attempt.parts) {
    if (state.kind !== 'launching') continue;
    const giveUp = giveUpMs(view, state);
    const resend = later(state.sentMs, view.settings.launchResendMs);
    const due = state.accepted || giveUp < resend ? giveUp : resend;
    if (next === undefined || due < next) next = due;
  }
  return next;
}

type Launching = Extract<PartState, { kind: 'launching' }>;

function giveUpMs(view: ClusterView, state: Launching): TimeMs {
  const { launchGiveUpMs } = view.settings;
  const { startedMs } = view;
  const sinceMs = startedMs !== undefined && startedMs > state.sinceMs ? startedMs : state.sinceMs;
  return later(sinceMs, state.accepted ? ACCEPTED_PATIENCE * launchGiveUpMs : launchGiveUpMs);
}

/** The job host ends ranks at the limit; this is for one that does not. */
function limitDeadline(view: ClusterView, job: Job, attempt: Attempt): TimeMs | undefined {
  const limitMs = timeLimitOf(job);
  if (limitMs === 0 || attempt.suspension) return undefined;
  // A clock that was set forward counts as a start: what it skipped was not run.
  let latest: number = view.startedMs ?? 0;
  for (const { state } of attempt.parts) {
    if (state.kind === 'launching') return undefined;
    if (state.kind !== 'running') continue;
    // Its ranks wait for their peers: their time has not begun.
    if (state.listens && attempt.parts.length > 1 && state.wiredMs === undefined) return undefined;
    latest = Math.max(latest, state.wiredMs ?? state.startedMs);
  }
  const { suspendedMs = 0 } = attempt;
  return timeMs(latest + suspendedMs + limitMs + view.settings.killMarginMs);
}

export function chaseAttempt(turn: Turn, id: JobId): void {
  const job = turn.view.jobs.get(id);
  const attempt = attemptOf(job);
  if (!job || !attempt || attempt.ending) return;
  const { deadlineMs } = job.request;
  if (deadlineMs !== undefined && deadlineMs <= turn.atMs) {
    beginEnding(turn, id, { kind: 'deadline', atMs: turn.atMs });
    return;
  }
  const limit = limitDeadline(turn.view, job, attempt);
  if (limit !== undefined && limit <= turn.atMs) {
    beginEnding(turn, id, { kind: 'timeLimit', atMs: turn.atMs });
    return;
  }
  const overdue = attempt.parts.findIndex(
    ({ state }) => state.kind === 'launching' && giveUpMs(turn.view, state) <= turn.atMs,
  );
  if (overdue >= 0) {
    beginEnding(turn, id, { kind: 'launchTimedOut', part: overdue, atMs: turn.atMs });
    return;
  }
  resendLaunches(turn, id, attempt);
}

function resendLaunches(turn: Turn, id: JobId, attempt: Attempt): void {
  for (const [part, { state }] of attempt.parts.entries()) {
    if (state.kind !== 'launching' || state.accepted) continue;
    if (later(state.sentMs, turn.view.settings.launchResendMs) > turn.atMs) continue;
    const partId = { job: id, attempt: attempt.number, part };
    turn.record({ kind: 'launchResent', part: partId });
    const order = launchOrder(turn.view, partId);
    if (order) turn.tell(order);
  }
}
