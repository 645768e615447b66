/** A dependency at submission: which of its terms hold, and which can never be. */
import type { ClusterView } from '../model/cluster.ts';
import type { DependencyTerm, FinishedParent, WaitingTerm, Waits } from '../model/dependency.ts';
import { termText } from '../model/dependency.ts';
import type { UserName } from '../model/ids.ts';
import type { Job } from '../model/job.ts';
import type { Refusal } from '../model/refusal.ts';
import type { JobRequest } from '../model/request.ts';
import type { TimeMs } from '../model/time.ts';
import { timeMs } from '../model/time.ts';
import type { TermVerdict } from '../policy/dependency.ts';
import { judgeTerm, livePart, oldestOfName } from '../policy/dependency.ts';

export type Asked = {
  readonly request: JobRequest;
  readonly user: UserName;
  readonly parents: readonly FinishedParent[];
};

export type Checked =
  | { readonly kind: 'refused'; readonly refusal: Refusal }
  | { readonly kind: 'fine'; readonly waitsFor: Waits | undefined; readonly fromMs: TimeMs };

export function checkDependency(view: ClusterView, asked: Asked): Checked {
  const { dependency } = asked.request;
  if (!dependency) return { kind: 'fine', waitsFor: undefined, fromMs: timeMs(0) };
  const terms: WaitingTerm[] = [];
  let fromMs = 0;
  let holds = 0;
  let never: DependencyTerm | undefined;
  for (const given of dependency.terms) {
    const term = normal(view, given);
    const verdict = judge(view, term, given, asked);
    if (verdict.kind === 'unknown') return refused('unknownParent', given);
    if (verdict.kind === 'waits') terms.push(verdict.term);
    if (verdict.kind === 'never') never = given;
    if (verdict.kind === 'holds') {
      holds += 1;
      fromMs = Math.max(fromMs, verdict.fromMs);
    }
  }
  const { match } = dependency;
  const dead = match === 'all' || (terms.length === 0 && holds === 0);
  if (never && dead) return refused('neverSatisfied', never);
  const over = terms.length === 0 || (match === 'any' && holds > 0);
  return { kind: 'fine', waitsFor: over ? undefined : { match, terms }, fromMs: timeMs(fromMs) };
}

const refused = (code: 'unknownParent' | 'neverSatisfied', term: DependencyTerm): Checked => ({
  kind: 'refused',
  refusal: { code, on: termText(term) },
});

/** A task may be named by the id that it got when it was split off. */
function normal(view: ClusterView, term: DependencyTerm): DependencyTerm {
  if (term.kind === 'singleton' || term.kind === 'aftercorr') return term;
  const task = view.jobs.get(term.job)?.task;
  if (!task || term.task !== undefined || task.array === term.job) return term;
  return { ...term, job: task.array, task: task.index };
}

function judge(
  view: ClusterView,
  term: DependencyTerm,
  given: DependencyTerm,
  { request, user, parents }: Asked,
): TermVerdict {
  if (term.kind === 'singleton') {
    const oldest = oldestOfName(view, { user, name: request.name });
    return oldest === undefined ? { kind: 'holds', fromMs: timeMs(0) } : { kind: 'waits', term };
  }
  const named = parents.find(
    (parent) =>
      given.kind !== 'singleton' && parent.job === given.job && parent.task === given.task,
  );
  if (term.kind !== 'aftercorr') return judgeTerm(view, term, withCancelled(view, term, named));
  const known = new Set([
    ...(anyOf(view, term)?.request.array?.indexes ?? []),
    ...(named?.tasks ?? []).map(({ index }) => index),
  ]);
  const all = (request.array?.indexes ?? []).every((index) => known.has(index));
  return all ? { kind: 'waits', term } : { kind: 'unknown' };
}

type ParentTerm = Exclude<DependencyTerm, { kind: 'singleton' | 'aftercorr' }>;

/** Any live job of the family, which knows the array that was asked for. */
function anyOf(view: ClusterView, { job }: { readonly job: ParentTerm['job'] }): Job | undefined {
  const [first] = view.lookup.tasks.get(job) ?? [];
  return view.jobs.get(job) ?? (first === undefined ? undefined : view.jobs.get(first));
}

/** Tasks cancelled before they ran are in no history while their array lives: they failed. */
function withCancelled(
  view: ClusterView,
  term: ParentTerm,
  named: FinishedParent | undefined,
): FinishedParent | undefined {
  const indexes = anyOf(view, term)?.request.array?.indexes;
  if (!indexes) return named;
  const known = named ?? { ...term, ended: 0, failed: 0, startedMs: undefined, tasks: [] };
  if (term.task !== undefined) {
    const open = livePart(view, term).open || known.ended > 0;
    return open || !indexes.includes(term.task) ? named : { ...known, ended: 1, failed: 1 };
  }
  const waiting = view.jobs.get(term.job)?.pendingTasks.length ?? 0;
  const live = waiting + (view.lookup.tasks.get(term.job)?.size ?? 0);
  const cancelled = Math.max(0, indexes.length - live - known.ended);
  return cancelled === 0
    ? named
    : { ...known, ended: known.ended + cancelled, failed: known.failed + cancelled };
}

/** Tasks of an `aftercorr` parent that are over already, by how they ended. */
export function finishedTasks(
  view: ClusterView,
  { request, parents }: Asked,
): { readonly parent: FinishedParent['job']; completed: number[]; failed: number[] } | undefined {
  const term = request.dependency?.terms.find(({ kind }) => kind === 'aftercorr');
  if (term?.kind !== 'aftercorr') return undefined;
  const named = parents.find(({ job, task }) => job === term.job && task === undefined);
  const states = new Map(named?.tasks.map(({ index, state }) => [index, state]));
  const completed: number[] = [];
  const failed: number[] = [];
  for (const index of request.array?.indexes ?? []) {
    if (states.get(index) === 'COMPLETED') completed.push(index);
    else if (states.has(index) || !livePart(view, { job: term.job, task: index }).open)
      failed.push(index);
  }
  return { parent: term.job, completed, failed };
}
