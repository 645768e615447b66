/** What events do to jobs as a whole. */
import type { Cluster } from '../model/cluster.ts';
import { requestKey, scheduleKey } from '../model/cluster.ts';
import { waitsText } from '../model/dependency.ts';
import type { Event } from '../model/event.ts';
import type { JobId } from '../model/ids.ts';
import type { Job, JobState } from '../model/job.ts';
import type { PendingReason } from '../model/reason.ts';
import { suspendedMsOf } from '../model/suspension.ts';
import type { TimeMs } from '../model/time.ts';
import { chargeAttempt } from './charge.ts';
import { ensure, existing } from './invariantError.ts';
import { dropJob, forgetPlan, putJob } from './lookup.ts';

type JobEvent = Extract<
  Event,
  {
    kind:
      | 'jobSubmitted'
      | 'jobHeld'
      | 'jobReleased'
      | 'arrayTasksCancelled'
      | 'arrayTaskSplit'
      | 'dependencyChanged'
      | 'jobUpdated'
      | 'jobRequeued'
      | 'jobFinished'
      | 'reasonChanged';
  }
>;
type Of<K extends JobEvent['kind']> = JobEvent & { kind: K };
type Pending = Extract<JobState, { kind: 'pending' }>;
type Active = Extract<JobState, { kind: 'active' }>;

export function applyJob(cluster: Cluster, event: JobEvent): void {
  switch (event.kind) {
    case 'jobSubmitted':
      return submitted(cluster, event.job, event.atMs);
    case 'jobHeld':
      return changePending(cluster, event.job, event.atMs, (state, job) =>
        waiting({ ...state, hold: event.hold }, job, event.atMs),
      );
    case 'jobReleased':
      return changePending(cluster, event.job, event.atMs, (state, job) =>
        waiting(released(state, event.atMs), job, event.atMs),
      );
    case 'reasonChanged':
      return reasonChanged(cluster, event);
    case 'arrayTasksCancelled':
      return tasksCancelled(cluster, event);
    case 'arrayTaskSplit':
      return taskSplit(cluster, event);
    case 'dependencyChanged':
      return dependencyChanged(cluster, event);
    case 'jobUpdated':
      return updated(cluster, event);
    case 'jobRequeued':
      return requeued(cluster, event);
    case 'jobFinished':
      return finished(cluster, event);
  }
}

function submitted(cluster: Cluster, job: Job, atMs: TimeMs): void {
  ensure(job.id >= cluster.nextJobId, `job id ${job.id} was given before`);
  cluster.nextJobId = job.id + 1;
  cluster.requests.set(requestKey(job.user, job.requestId), job.id);
  putJob(cluster, job, atMs);
  joinSchedule(cluster, job);
}

/** A job held after too many failures has waited long enough: its backoff is forgotten. */
const released = (state: Pending, atMs: TimeMs): Omit<Pending, 'reason'> => ({
  ...state,
  hold: 'none',
  eligibleMs: state.hold === 'requeueLimit' ? atMs : state.eligibleMs,
});

/** A pending state whose reason follows from hold and begin time alone. */
export function waiting(state: Omit<Pending, 'reason'>, job: Job, atMs: TimeMs): Pending {
  return { ...state, reason: firstReason(state, job, atMs) };
}

function firstReason(state: Omit<Pending, 'reason'>, job: Job, atMs: TimeMs): PendingReason {
  switch (state.hold) {
    case 'user':
      return { kind: 'JobHeldUser' };
    case 'admin':
      return { kind: 'JobHeldAdmin' };
    case 'restored':
      return { kind: 'JobHeldRestored' };
    case 'requeueLimit':
      return { kind: 'JobHoldMaxRequeue', restarts: job.restarts };
    case 'none':
      if (job.waitsFor) return { kind: 'Dependency', on: waitsText(job.waitsFor) };
      return state.eligibleMs > atMs
        ? { kind: 'BeginTime', atMs: state.eligibleMs }
        : { kind: 'None' };
  }
}

function changePending(
  cluster: Cluster,
  id: JobId,
  atMs: TimeMs,
  change: (state: Pending, job: Job) => Pending,
): void {
  const job = existing(cluster.jobs.get(id), `job ${id}`);
  ensure(job.state.kind === 'pending', `job ${id} is not pending`);
  putJob(cluster, { ...job, state: change(job.state, job) }, atMs);
}

function reasonChanged(cluster: Cluster, event: Of<'reasonChanged'>): void {
  const { job: id, reason, atMs } = event;
  changePending(cluster, id, atMs, (state) => ({ ...state, reason }));
  if (reason.kind !== 'None') cluster.lookup.unseen.delete(id);
}

function tasksCancelled(cluster: Cluster, event: Of<'arrayTasksCancelled'>): void {
  const job = existing(cluster.jobs.get(event.job), `job ${event.job}`);
  const gone = new Set(event.tasks);
  const pendingTasks = job.pendingTasks.filter((task) => !gone.has(task));
  ensure(job.pendingTasks.length - pendingTasks.length === gone.size, 'a cancelled task was gone');
  putJob(cluster, { ...job, pendingTasks }, event.atMs);
}

function taskSplit(cluster: Cluster, event: Of<'arrayTaskSplit'>): void {
  const record = existing(cluster.jobs.get(event.array), `array ${event.array}`);
  ensure(record.pendingTasks.includes(event.index), `task ${event.index} is not in the array`);
  const last = record.pendingTasks.length === 1;
  ensure(last === (event.job === event.array), 'the last task takes the id of the array');
  const task = { array: event.array, index: event.index };
  const job = { ...record, id: event.job, task, pendingTasks: [] };
  if (!last) {
    ensure(event.job >= cluster.nextJobId, `job id ${event.job} was given before`);
    cluster.nextJobId = event.job + 1;
    const pendingTasks = record.pendingTasks.filter((index) => index !== event.index);
    putJob(cluster, { ...record, pendingTasks }, event.atMs);
  }
  putJob(cluster, job, event.atMs);
  if (!last) joinSchedule(cluster, job);
}

function dependencyChanged(cluster: Cluster, event: Of<'dependencyChanged'>): void {
  const { waitsFor: _before, ...job } = existing(cluster.jobs.get(event.job), `job ${event.job}`);
  ensure(job.state.kind === 'pending', `job ${job.id} waits for nothing`);
  const next: Job = event.waitsFor ? { ...job, waitsFor: event.waitsFor } : job;
  const state = waiting({ ...job.state, eligibleMs: event.eligibleMs }, next, event.atMs);
  putJob(cluster, { ...next, state }, event.atMs);
}

function updated(cluster: Cluster, event: Of<'jobUpdated'>): void {
  const { waitsFor: _before, ...job } = existing(cluster.jobs.get(event.job), `job ${event.job}`);
  const { request, waitsFor, eligibleMs } = event;
  const next: Job = { ...job, request, ...(waitsFor && { waitsFor }) };
  const state =
    job.state.kind === 'pending'
      ? waiting({ ...job.state, eligibleMs: eligibleMs ?? job.state.eligibleMs }, next, event.atMs)
      : limited(job.state, job.request.timeLimitMs, request.timeLimitMs);
  putJob(cluster, { ...next, state }, event.atMs);
  if (state !== job.state && state.kind === 'active') forgetPlan(cluster.lookup);
}

/** A running attempt has another limit when its job gets one. */
function limited(state: Active, beforeMs: number, limitMs: number): Active {
  if (limitMs === beforeMs) return state;
  return { ...state, attempt: { ...state.attempt, limitMs } };
}

function requeued(cluster: Cluster, event: Of<'jobRequeued'>): void {
  const job = existing(cluster.jobs.get(event.job), `job ${event.job}`);
  const over =
    job.state.kind === 'active' &&
    job.state.attempt.parts.every((part) => part.state.kind === 'ended');
  ensure(over, `job ${job.id} is requeued while a part of it may run`);
  chargeAttempt(cluster, job, event);
  const next: Job = {
    ...job,
    restarts: job.restarts + 1,
    failedAttempts: job.failedAttempts + (event.counted ? 1 : 0),
  };
  const state = { kind: 'pending', hold: 'none', eligibleMs: event.eligibleMs } as const;
  putJob(cluster, { ...next, state: waiting(state, next, event.atMs) }, event.atMs);
}

/** A prediction is made of this many runs. */
const RUNS_KEPT = 2;

function finished(cluster: Cluster, event: Of<'jobFinished'>): void {
  const { job: id, atMs } = event;
  const job = existing(cluster.jobs.get(id), `job ${id}`);
  if (job.state.kind === 'active') {
    const open = job.state.attempt.parts.some((part) => part.state.kind !== 'ended');
    ensure(!open, `job ${id} is finished while a part of it may run`);
    chargeAttempt(cluster, job, event);
    const { attempt } = job.state;
    const ranMs = atMs - attempt.startedMs - suspendedMsOf(attempt, atMs);
    const runs = [...(cluster.recentRunsMs.get(job.user) ?? []), ranMs];
    cluster.recentRunsMs.set(job.user, runs.slice(-RUNS_KEPT));
  }
  const key = requestKey(job.user, job.requestId);
  if (cluster.requests.get(key) === id) cluster.requests.delete(key);
  dropJob(cluster, id);
  if (job.schedule === undefined) return;
  const schedule = cluster.schedules.get(scheduleKey(job.user, job.schedule));
  if (!schedule) return;
  const live = schedule.live.filter((other) => other !== id);
  cluster.schedules.set(scheduleKey(job.user, job.schedule), { ...schedule, live });
}

function joinSchedule(cluster: Cluster, job: Job): void {
  if (job.schedule === undefined) return;
  const key = scheduleKey(job.user, job.schedule);
  const schedule = cluster.schedules.get(key);
  if (schedule) cluster.schedules.set(key, { ...schedule, live: [...schedule.live, job.id] });
}
