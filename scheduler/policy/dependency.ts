/**
 * Whether a term of a dependency holds, in the light of what lives and of what the history says.
 * A job may only name jobs that exist, so that no cycle can come about.
 */
import type { ClusterView } from '../model/cluster.ts';
import type { DependencyTerm, FinishedParent, Parent, WaitingTerm } from '../model/dependency.ts';
import type { JobId } from '../model/ids.ts';
import type { Job } from '../model/job.ts';
import type { TimeMs } from '../model/time.ts';
import { timeMs } from '../model/time.ts';

export type TermVerdict =
  /** From `fromMs` on. */
  | { readonly kind: 'holds'; readonly fromMs: TimeMs }
  | { readonly kind: 'waits'; readonly term: WaitingTerm }
  | { readonly kind: 'never' }
  | { readonly kind: 'unknown' };

type ParentTerm = Exclude<DependencyTerm, { kind: 'singleton' | 'aftercorr' }>;

/** The array that a job is the record or a task of, or the job itself. */
export const familyOf = (job: Job): JobId => job.task?.array ?? job.id;

/** What still lives of a parent. */
export function livePart(
  view: ClusterView,
  parent: Parent,
): { readonly open: boolean; readonly allBegun: boolean; readonly startedMs: number } {
  const record = view.jobs.get(parent.job);
  const { task } = parent;
  const waiting = record?.pendingTasks ?? [];
  let unbegun = task === undefined ? waiting.length > 0 : waiting.includes(task);
  let open = unbegun;
  let startedMs = 0;
  const ids = new Set(view.lookup.tasks.get(parent.job) ?? []);
  if (record && waiting.length === 0) ids.add(record.id);
  for (const id of ids) {
    const job = view.jobs.get(id);
    if (!job || (task !== undefined && job.task?.index !== task)) continue;
    open = true;
    if (job.state.kind === 'active') startedMs = Math.max(startedMs, job.state.attempt.startedMs);
    else if (job.restarts === 0) unbegun = true;
  }
  return { open, allBegun: !unbegun, startedMs };
}

/** At submission: with what the history knows of the parent. */
export function judgeTerm(
  view: ClusterView,
  term: ParentTerm,
  finished: FinishedParent | undefined,
): TermVerdict {
  const live = livePart(view, term);
  const ended = finished?.ended ?? 0;
  const failed = finished?.failed ?? 0;
  if (!live.open && ended === 0) return { kind: 'unknown' };
  switch (term.kind) {
    case 'after': {
      if (!live.allBegun) return { kind: 'waits', term };
      const startedMs = Math.max(live.startedMs, finished?.startedMs ?? 0);
      return { kind: 'holds', fromMs: timeMs(startedMs + term.delayMs) };
    }
    case 'afterany':
      return live.open ? { kind: 'waits', term } : HOLDS;
    case 'afterok':
      if (failed > 0) return { kind: 'never' };
      return live.open ? { kind: 'waits', term } : HOLDS;
    case 'afternotok':
      if (live.open) return { kind: 'waits', term: failed > 0 ? { ...term, failed: true } : term };
      return failed > 0 ? HOLDS : { kind: 'never' };
  }
}

const HOLDS: TermVerdict = { kind: 'holds', fromMs: timeMs(0) };

/** The oldest live job or array of this user and name, which alone may go on as a singleton. */
export function oldestOfName(
  view: ClusterView,
  like: { readonly user: string; readonly name: string },
): JobId | undefined {
  let oldest: JobId | undefined;
  for (const job of view.jobs.values()) {
    if (job.user !== like.user || job.request.name !== like.name) continue;
    const family = familyOf(job);
    if (oldest === undefined || family < oldest) oldest = family;
  }
  return oldest;
}

/** Under what a waiting job is found when something happens to those it waits for. */
export function parentKeys(job: Job): readonly string[] {
  return (job.waitsFor?.terms ?? []).map((term) =>
    term.kind === 'singleton' ? nameKey(job.user, job.request.name) : parentKey(term.job),
  );
}

export const parentKey = (job: JobId): string => `job ${job}`;
export const nameKey = (user: string, name: string): string => `name ${user}/${name}`;
