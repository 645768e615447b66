/**
 * A job ends, and those that wait for it are told: they may start, wait on, or can never start
 * and end as well (with them whoever waits for them; a list, not a recursion, since chains are long).
 */
import type { DependencyTerm, WaitingTerm } from '../model/dependency.ts';
import { termText } from '../model/dependency.ts';
import type { JobId, UserName } from '../model/ids.ts';
import type { Job, JobEnd } from '../model/job.ts';
import type { TimeMs } from '../model/time.ts';
import type { TermVerdict } from '../policy/dependency.ts';
import { familyOf, judgeTerm, nameKey, oldestOfName, parentKey } from '../policy/dependency.ts';
import { usageFactorOf } from '../policy/fairShare.ts';
import { forgetJob } from './checkpointFiles.ts';
import { existing } from './invariantError.ts';
import { startQueuedRun } from './scheduleRun.ts';
import { splitTask } from './target.ts';
import type { Turn } from './turn.ts';

/** What is over: a job, or tasks of an array; `began` when it only began. */
export type Passed = {
  readonly family: JobId;
  readonly tasks: readonly number[] | undefined;
  readonly user: UserName;
  readonly name: string;
  readonly how: 'began' | 'completed' | 'failed';
};

/** The job leaves memory; a run of its schedule that waited for it may start. */
export function finishJob(turn: Turn, id: JobId, end: JobEnd): void {
  tellDependents(turn, [finishOne(turn, id, end)]);
}

function finishOne(turn: Turn, id: JobId, end: JobEnd): Passed {
  const job = existing(turn.view.jobs.get(id), `job ${id}`);
  const factor = usageFactorOf(turn.view.settings, job);
  forgetJob(turn, job);
  turn.record({ kind: 'jobFinished', job: id, user: job.user, end, ...factor });
  if (job.schedule !== undefined) startQueuedRun(turn, job.user, job.schedule);
  return passed(job, end.state === 'COMPLETED' ? 'completed' : 'failed');
}

export const passed = (job: Job, how: Passed['how'], tasks?: readonly number[]): Passed => ({
  family: familyOf(job),
  tasks: tasks ?? (job.task ? [job.task.index] : undefined),
  user: job.user,
  name: job.request.name,
  how,
});

/** Waiting tasks leave their array without having run; the record stays for `finishJob`. */
export function dropTasks(turn: Turn, record: Job, tasks: readonly number[], by: string): void {
  turn.record({ kind: 'arrayTasksCancelled', job: record.id, tasks, by });
  tellDependents(turn, [passed(record, 'failed', tasks)]);
}

export function tellDependents(turn: Turn, what: readonly Passed[]): void {
  const all = [...what];
  for (const one of all) {
    const { dependents } = turn.view.lookup;
    const ids = new Set(dependents.get(parentKey(one.family)));
    if (one.how !== 'began') {
      for (const id of namesakes(turn, one)) ids.add(id);
    }
    for (const id of [...ids].sort((a, b) => a - b)) all.push(...settle(turn, id, one));
  }
}

/** Of the singletons that wait, the one whose turn it is. */
function namesakes(turn: Turn, one: Passed): readonly JobId[] {
  const { view } = turn;
  const waiting = view.lookup.dependents.get(nameKey(one.user, one.name));
  if (!waiting) return [];
  const oldest = oldestOfName(view, one);
  return [...waiting].filter((id) => {
    const job = view.jobs.get(id);
    return job !== undefined && familyOf(job) === oldest;
  });
}

/** Judges what `id` waits for anew; returns who ended because of it. */
export function settle(turn: Turn, id: JobId, one: Passed): readonly Passed[] {
  const ended: Passed[] = [];
  const job = turn.view.jobs.get(id);
  const corr = job?.waitsFor?.terms.find(
    (term) => term.kind === 'aftercorr' && term.job === one.family,
  );
  if (job && corr && !job.task && one.how !== 'began') {
    ended.push(...settleTasks(turn, job, one, corr));
  }
  const left = turn.view.jobs.get(id);
  return left?.waitsFor ? [...ended, ...settleWhole(turn, left, one)] : ended;
}

/** Task i of the parent is over: task i of this array leaves the record, to run or for good. */
function settleTasks(turn: Turn, record: Job, one: Passed, corr: WaitingTerm): readonly Passed[] {
  const over = new Set(one.tasks);
  const tasks = record.pendingTasks.filter((task) => over.has(task));
  if (tasks.length === 0) return [];
  if (one.how === 'failed') {
    turn.record({ kind: 'arrayTasksCancelled', job: record.id, tasks, by: 'dependency' });
    const left = turn.view.jobs.get(record.id)?.pendingTasks.length ?? 0;
    return left > 0
      ? [passed(record, 'failed', tasks)]
      : [passed(record, 'failed', tasks), finishOne(turn, record.id, neverEnd(corr))];
  }
  for (const task of tasks) {
    const array = existing(turn.view.jobs.get(record.id), `array ${record.id}`);
    const split = splitTask(turn, array, task);
    const job = existing(turn.view.jobs.get(split), `job ${split}`);
    const terms = (job.waitsFor?.terms ?? []).filter((term) => term.kind !== 'aftercorr');
    changeTerms(turn, job, terms, eligibleOf(job));
  }
  return [];
}

function settleWhole(turn: Turn, job: Job, one: Passed): readonly Passed[] {
  const { match, terms } = existing(job.waitsFor, `what job ${job.id} waits for`);
  const left: WaitingTerm[] = [];
  let fromMs = eligibleOf(job);
  let never: DependencyTerm | undefined;
  let changed = false;
  for (const term of terms) {
    const verdict = judge(turn, job, term, one);
    if (verdict.kind === 'waits') left.push(verdict.term);
    if (verdict.kind !== 'waits' || verdict.term !== term) changed = true;
    if (verdict.kind === 'never') never = term;
    if (verdict.kind === 'holds') {
      if (verdict.fromMs > fromMs) fromMs = verdict.fromMs;
      if (match === 'any') return changeTerms(turn, job, [], fromMs);
    }
  }
  if (never && (match === 'all' || left.length === 0)) return endForGood(turn, job, never);
  return changed ? changeTerms(turn, job, left, fromMs) : [];
}

function judge(turn: Turn, job: Job, term: WaitingTerm, one: Passed): TermVerdict {
  const waits = { kind: 'waits', term } as const;
  const holds = { kind: 'holds', fromMs: eligibleOf(job) } as const;
  if (term.kind === 'singleton') {
    const mine = one.how !== 'began' && one.user === job.user && one.name === job.request.name;
    return mine && oldestOfName(turn.view, one) === familyOf(job) ? holds : waits;
  }
  if (term.job !== one.family) return waits;
  if (term.kind === 'aftercorr') {
    if (!job.task || one.how === 'began' || !one.tasks?.includes(job.task.index)) return waits;
    return one.how === 'completed' ? holds : { kind: 'never' };
  }
  if (term.task !== undefined && !one.tasks?.includes(term.task)) return waits;
  if (one.how === 'began' && term.kind !== 'after') return waits;
  const failed = one.how === 'failed' || term.failed === true ? 1 : 0;
  const startedMs = one.how === 'began' ? undefined : turn.atMs;
  const parent = { job: term.job, task: term.task, ended: 1, failed, startedMs, tasks: [] };
  const verdict = judgeTerm(turn.view, term, parent);
  const same = verdict.kind === 'waits' && verdict.term.failed === term.failed;
  return same ? waits : verdict;
}

const eligibleOf = (job: Job): TimeMs =>
  job.state.kind === 'pending' ? job.state.eligibleMs : job.submittedMs;

function changeTerms(
  turn: Turn,
  job: Job,
  terms: readonly WaitingTerm[],
  eligibleMs: TimeMs,
): readonly Passed[] {
  const match = job.waitsFor?.match ?? 'all';
  const waitsFor = terms.length > 0 ? { waitsFor: { match, terms } } : {};
  turn.record({ kind: 'dependencyChanged', job: job.id, ...waitsFor, eligibleMs });
  return [];
}

function endForGood(turn: Turn, job: Job, term: DependencyTerm): readonly Passed[] {
  const tasks = job.pendingTasks;
  if (tasks.length === 0) return [finishOne(turn, job.id, neverEnd(term))];
  turn.record({ kind: 'arrayTasksCancelled', job: job.id, tasks, by: 'dependency' });
  return [passed(job, 'failed', tasks), finishOne(turn, job.id, neverEnd(term))];
}

/** Slurm's reason; the state is that of a job which somebody cancelled. */
const neverEnd = (term: DependencyTerm): JobEnd => ({
  state: 'CANCELLED',
  exit: { code: 0, signal: 0 },
  reason: 'DependencyNeverSatisfied',
  message: `${termText(term)} can no longer be satisfied`,
  cancelledBy: undefined,
});
