/** The plan becomes facts: allocations, and reasons where they changed. */
import type { Event } from '../model/event.ts';
import { passed, tellDependents } from './finish.ts';
import { existing } from './invariantError.ts';
import type { Placement } from '../policy/plan.ts';
import { plan } from '../policy/plan.ts';
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
  'arrayTasksCancelled',
  'partEnded',
  'nodeChanged',
  'nodeReturned',
  'nodeResumed',
  'nodeWentSilent',
  'nodeDrained',
]);

export const wantsPass = (turn: Turn): boolean =>
  turn.planWanted() || turn.events.some(({ kind }) => OPENINGS.has(kind));

export function schedulingPass(turn: Turn): void {
  const { placements, reasons, starts, unfinished } = plan(turn.view, turn.atMs);
  for (const placement of placements) allocate(turn, placement);
  for (const { job: id, reason } of reasons) {
    const state = turn.view.jobs.get(id)?.state;
    if (state?.kind !== 'pending') continue;
    if (JSON.stringify(state.reason) === JSON.stringify(reason)) continue;
    turn.record({ kind: 'reasonChanged', job: id, reason });
  }
  if (starts) turn.record({ kind: 'startsPlanned', starts });
  if (unfinished) turn.tell({ kind: 'wakeAt', atMs: turn.atMs });
}

function allocate(turn: Turn, { job: id, parts }: Placement): void {
  const job = existing(turn.view.jobs.get(id), `job ${id}`);
  const task = job.pendingTasks[0];
  const placed = task === undefined ? id : splitTask(turn, job, task);
  turn.record({
    kind: 'jobAllocated',
    job: placed,
    attempt: job.restarts + 1,
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
