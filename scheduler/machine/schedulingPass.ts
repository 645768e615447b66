/** The plan becomes facts: allocations, and reasons where they changed. */
import type { Event, Foretold } from '../model/event.ts';
import type { JobId } from '../model/ids.ts';
import type { Restoring } from '../model/restoring.ts';
import { nextAttempt } from '../model/restoring.ts';
import type { TimeMs } from '../model/time.ts';
import { beginEnding } from './attempt.ts';
import { passed, tellDependents } from './finish.ts';
import { existing } from './invariantError.ts';
import type { Placement } from '../policy/plan.ts';
import { plan } from '../policy/plan.ts';
import { preemption } from '../policy/preemption.ts';
import { sameReason } from '../policy/reason.ts';
import { splitTask } from './target.ts';
import type { Turn } from './turn.ts';

/** Facts after which a job may start that could not before. */
const OPENINGS: ReadonlySet<Event['kind']> = new Set([
  'jobSubmitted',
  'jobReleased',
  'jobRequeued',
  'jobFinished',
  'jobHeld',
  'dependencyChanged',
  'jobUpdated',
  'jobSuspended',
  'jobResumed',
  'partResumed',
  'arrayTasksCancelled',
  'partEnded',
  'nodeChanged',
  'nodeReturned',
  'nodeResumed',
  'nodeWentSilent',
  'nodeDrained',
  'reservationCreated',
  'reservationUpdated',
  'reservationMoved',
  'reservationRemoved',
]);

export const wantsPass = (turn: Turn): boolean =>
  turn.planWanted() || turn.events.some(({ kind }) => OPENINGS.has(kind));

export function schedulingPass(turn: Turn): void {
  if (turn.view.restoring) return explainRestore(turn, turn.view.restoring);
  const { placements, reasons, starts, bookings, choices, unfinished } = plan(turn.view, turn.atMs);
  const promised = turn.view.lookup.planned.starts;
  for (const placement of placements) allocate(turn, placement, promised);
  const explained = new Set<JobId>();
  for (const { job: id, reason } of reasons) {
    if (explained.has(id)) continue;
    explained.add(id);
    const state = turn.view.jobs.get(id)?.state;
    if (state?.kind !== 'pending') continue;
    if (sameReason(state.reason, reason)) continue;
    turn.record({ kind: 'reasonChanged', job: id, reason });
  }
  if (starts && starts.size + turn.view.lookup.planned.starts.size > 0) {
    const told = newlyTold(turn, starts, reasons);
    turn.record({
      kind: 'startsPlanned',
      starts,
      ...(bookings && { bookings }),
      ...(choices && { choices }),
      told,
    });
  }
  if (unfinished) turn.tell({ kind: 'wakeAt', atMs: turn.atMs });
  else makeRoom(turn);
}

/** What waits, waits for the nodes that have not yet said what they hold. */
function explainRestore(turn: Turn, { awaited }: Restoring): void {
  const reason = { kind: 'ReqNodeNotAvail', nodes: awaited } as const;
  for (const id of turn.view.lookup.ready) {
    const state = turn.view.jobs.get(id)?.state;
    if (state?.kind !== 'pending' || sameReason(state.reason, reason)) continue;
    turn.record({ kind: 'reasonChanged', job: id, reason });
  }
}

/** Lower jobs end so that a higher one can start in a later pass, when they are gone. */
function makeRoom(turn: Turn): void {
  const found = preemption(turn.view, turn.atMs);
  for (const { job, mode, graceMs } of found?.victims ?? []) {
    const grace = graceMs === undefined ? {} : { graceMs };
    const ending = { kind: 'preempted', by: found?.by, mode, ...grace, atMs: turn.atMs } as const;
    beginEnding(turn, job, ending);
  }
}

/** More promises than this are not all looked through: a new job is among those with a new reason. */
const LOOKED_THROUGH = 1_000;

function newlyTold(
  { view }: Turn,
  starts: ReadonlyMap<JobId, TimeMs>,
  reasons: readonly { readonly job: JobId }[],
): readonly JobId[] {
  const among = starts.size <= LOOKED_THROUGH ? [...starts.keys()] : reasons.map(({ job }) => job);
  return among.filter((id) => starts.has(id) && !view.lookup.told.has(id));
}

/** Undefined for a job that was told nothing; of an array the start told is that of its next task. */
function foretold(
  { view }: Turn,
  id: JobId,
  promised: ReadonlyMap<JobId, TimeMs>,
): { readonly foretold?: Foretold } {
  const first = view.lookup.told.get(id);
  if (!first) return {};
  const { saidMs, startMs: firstMs } = first;
  return { foretold: { saidMs, firstMs, lastMs: promised.get(id) ?? firstMs } };
}

function allocate(
  turn: Turn,
  { job: id, parts, limitMs, choice }: Placement,
  promised: ReadonlyMap<JobId, TimeMs>,
): void {
  const job = existing(turn.view.jobs.get(id), `job ${id}`);
  const task = job.pendingTasks[0];
  const placed = task === undefined ? id : splitTask(turn, job, task);
  turn.record({
    kind: 'jobAllocated',
    job: placed,
    attempt: nextAttempt(turn.view.generation, job.restarts),
    ...(limitMs !== undefined && { limitMs }),
    ...(choice && { choice }),
    ...foretold(turn, id, promised),
    parts: parts.map((part) => ({
      ...part,
      state: { kind: 'launching', sinceMs: turn.atMs, accepted: false, sentMs: turn.atMs },
    })),
  });
  const started = existing(turn.view.jobs.get(placed), `job ${placed}`);
  const known = turn.events.length;
  tellDependents(turn, [passed(started, 'began')]);
  if (turn.events.length > known) turn.tell({ kind: 'wakeAt', atMs: turn.atMs });
}
