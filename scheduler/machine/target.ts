/** Which live jobs a user's `20`, `20_4` or `27` means, and whether they are his to touch. */
import type { ClusterView } from '../model/cluster.ts';
import { jobId } from '../model/ids.ts';
import type { JobId } from '../model/ids.ts';
import type { JobTarget, Principal } from '../model/input.ts';
import type { Job } from '../model/job.ts';
import type { Refusal } from '../model/refusal.ts';
import { existing } from './invariantError.ts';
import type { Turn } from './turn.ts';

export type Targets = {
  readonly jobs: readonly Job[];
  /** Tasks that wait in an array's record. */
  readonly waiting: { readonly record: Job; readonly tasks: readonly number[] } | undefined;
};

export function findTargets(
  view: ClusterView,
  by: Principal,
  target: JobTarget,
): Targets | { readonly refusal: Refusal } {
  const found = target.task === undefined ? whole(view, target) : task(view, target, target.task);
  if ('refusal' in found) return found;
  const owned = found.waiting?.record ?? found.jobs[0];
  if (!owned) return { refusal: { code: 'noSuchJob', job: printed(target) } };
  if (owned.user !== by.user && by.role === 'user') {
    return { refusal: { code: 'notYours', job: owned.id, owner: owned.user } };
  }
  return found;
}

function whole(view: ClusterView, target: JobTarget): Targets | { readonly refusal: Refusal } {
  const job = view.jobs.get(target.job);
  const tasks = [...(view.lookup.tasks.get(target.job) ?? [])];
  const jobs = tasks.map((id) => existing(view.jobs.get(id), `job ${id}`));
  if (job && job.pendingTasks.length > 0) {
    return { jobs, waiting: { record: job, tasks: job.pendingTasks } };
  }
  if (jobs.length > 0) return { jobs, waiting: undefined };
  return job ? { jobs: [job], waiting: undefined } : gone(view, target);
}

function task(
  view: ClusterView,
  target: JobTarget,
  index: number,
): Targets | { readonly refusal: Refusal } {
  const record = view.jobs.get(target.job);
  if (record?.pendingTasks.includes(index)) {
    return { jobs: [], waiting: { record, tasks: [index] } };
  }
  for (const id of view.lookup.tasks.get(target.job) ?? []) {
    const job = view.jobs.get(id);
    if (job?.task?.index === index) return { jobs: [job], waiting: undefined };
  }
  const request = (record ?? anyTask(view, target.job))?.request;
  const known = request === undefined || request.array?.indexes.includes(index);
  return known ? gone(view, target) : missing(target);
}

function anyTask(view: ClusterView, array: JobId): Job | undefined {
  for (const id of view.lookup.tasks.get(array) ?? []) return view.jobs.get(id);
  return undefined;
}

/** The machine knows no finished job: the shell, which has the history, fills in the state. */
const gone = (view: ClusterView, target: JobTarget): { readonly refusal: Refusal } =>
  target.job >= 1 && target.job < view.nextJobId
    ? { refusal: { code: 'jobFinished', job: target.job, state: '' } }
    : missing(target);

const missing = (target: JobTarget): { readonly refusal: Refusal } => ({
  refusal: { code: 'noSuchJob', job: printed(target) },
});

const printed = (target: JobTarget): string =>
  target.task === undefined ? `${target.job}` : `${target.job}_${target.task}`;

/** Makes a waiting task a job of its own and returns its id; the last one takes the array's. */
export function splitTask(turn: Turn, record: Job, index: number): JobId {
  const last = record.pendingTasks.length === 1;
  const job = last ? record.id : jobId(turn.view.nextJobId);
  turn.record({ kind: 'arrayTaskSplit', array: record.id, index, job });
  return job;
}
