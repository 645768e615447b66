/** cancel, hold, release, requeue: what users and operators do to live jobs. */
import type { Answer } from '../model/effect.ts';
import type { JobId } from '../model/ids.ts';
import type { Input, Principal } from '../model/input.ts';
import type { Job } from '../model/job.ts';
import type { Refusal } from '../model/refusal.ts';
import { jobStateName } from '../model/stateName.ts';
import { attemptOf, beginEnding } from './attempt.ts';
import { cancelJob, cancelTasks } from './cancellation.ts';
import { existing } from './invariantError.ts';
import type { Targets } from './target.ts';
import { findTargets, splitTask } from './target.ts';
import type { Turn } from './turn.ts';

type JobCommand = Extract<Input, { kind: 'cancel' | 'hold' | 'release' | 'requeue' }>;

export function acceptJobCommand(turn: Turn, input: JobCommand): Answer {
  const targets = findTargets(turn.view, input.by, input.target);
  if ('refusal' in targets) return refused(targets.refusal);
  switch (input.kind) {
    case 'cancel':
      return input.signal === undefined
        ? cancel(turn, targets, input.by)
        : signal(turn, targets, input.signal, input.by);
    case 'hold':
      return hold(turn, targets, input.by);
    case 'release':
      return release(turn, targets, input.by);
    case 'requeue':
      return requeue(turn, targets, input.by);
  }
}

const refused = (refusal: Refusal): Answer => ({ kind: 'refused', refusal });
const done = (jobs: readonly JobId[]): Answer => ({ kind: 'done', jobs });

function cancel(turn: Turn, { jobs, waiting }: Targets, by: Principal): Answer {
  if (waiting) cancelTasks(turn, waiting.record, waiting.tasks, by.user);
  for (const job of jobs) cancelJob(turn, job, by.user);
  const ids = jobs.map(({ id }) => id);
  return done(waiting ? [waiting.record.id, ...ids] : ids);
}

/** Delivered at most once, to the parts that run. */
function signal(turn: Turn, targets: Targets, number: number, by: Principal): Answer {
  if (!Number.isSafeInteger(number) || number < 1 || number > 64) {
    const limit = 'a signal number from 1 to 64';
    return refused({ code: 'badValue', field: 'signal', value: String(number), limit });
  }
  const signalled: JobId[] = [];
  for (const job of targets.jobs) {
    const attempt = attemptOf(job);
    const why = `signalled by ${by.user}`;
    for (const [part, { node, state }] of attempt?.parts.entries() ?? []) {
      if (!attempt || state.kind !== 'running') continue;
      const id = { job: job.id, attempt: attempt.number, part };
      turn.tell({ kind: 'endPart', part: id, node, signal: number, why });
      if (!signalled.includes(job.id)) signalled.push(job.id);
    }
  }
  return signalled.length > 0 ? done(signalled) : refusedState('notActive', targets);
}

/** A user's hold on an own job is his to release; any other hold is an administrator's. */
function hold(turn: Turn, targets: Targets, by: Principal): Answer {
  const pending = pendingJobs(turn, targets);
  if (pending.length === 0) return refusedState('notPending', targets);
  for (const job of pending) {
    const kind = job.user === by.user ? 'user' : 'admin';
    const now = job.state.kind === 'pending' ? job.state.hold : 'none';
    if (now === kind || now === 'admin') continue;
    turn.record({ kind: 'jobHeld', job: job.id, hold: kind });
  }
  return done(pending.map(({ id }) => id));
}

function release(turn: Turn, targets: Targets, by: Principal): Answer {
  const all = targets.waiting ? [targets.waiting.record, ...targets.jobs] : targets.jobs;
  const held = all.filter(({ state }) => state.kind === 'pending' && state.hold !== 'none');
  const byAdmin = held.some(({ state }) => state.kind === 'pending' && state.hold === 'admin');
  if (byAdmin && by.role === 'user') {
    return refused({ code: 'notAllowed', verb: 'release', role: by.role });
  }
  if (held.length === 0 && !all.some(({ state }) => state.kind === 'pending')) {
    return refusedState('notPending', targets);
  }
  const free =
    held.length === 0 ? [] : pendingJobs(turn, targets).filter((job) => held.some(sameAs(job)));
  for (const job of free) turn.record({ kind: 'jobReleased', job: job.id });
  return done(free.map(({ id }) => id));
}

/** A task split off for this command was held in its array's record. */
const sameAs =
  (job: Job) =>
  (other: Job): boolean =>
    other.id === job.id || (job.task !== undefined && other.id === job.task.array);

/** The pending jobs meant; one waiting task of many becomes a job of its own first. */
export function pendingJobs(turn: Turn, { jobs, waiting }: Targets): readonly Job[] {
  const pending = jobs.filter(({ state }) => state.kind === 'pending');
  if (!waiting) return pending;
  const { record, tasks } = waiting;
  if (tasks.length === record.pendingTasks.length) return [record, ...pending];
  const split = tasks.map((index) => splitTask(turn, record, index));
  return [...split.map((id) => existing(turn.view.jobs.get(id), `job ${id}`)), ...pending];
}

function requeue(turn: Turn, targets: Targets, by: Principal): Answer {
  const active = targets.jobs.filter(({ state }) => state.kind === 'active');
  if (active.length === 0) return refusedState('notActive', targets);
  const never = active.find(({ request }) => !request.requeue);
  if (never) return refused({ code: 'notRequeueable', job: never.id });
  for (const job of active) {
    beginEnding(turn, job.id, { kind: 'requeued', by: by.user, atMs: turn.atMs });
  }
  return done(active.map(({ id }) => id));
}

function refusedState(code: 'notPending' | 'notActive', targets: Targets): Answer {
  const job = existing(targets.jobs[0] ?? targets.waiting?.record, 'target');
  return refused({ code, job: job.id, state: jobStateName(job) });
}
