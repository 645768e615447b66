/** "Not before those": what a job waits for besides resources, with Slurm's words. */
import type { JobId } from './ids.ts';
import type { FinalState } from './outcome.ts';
import type { TimeMs } from './time.ts';

export const DEPENDENCY_KINDS = [
  'after',
  'afterok',
  'afterany',
  'afternotok',
  'aftercorr',
] as const;

/** A whole job, a whole array, or one task of it. */
export type Parent = { readonly job: JobId; readonly task: number | undefined };

export type DependencyTerm =
  /** It began, and `delayMs` have passed since. */
  | ({ readonly kind: 'after'; readonly delayMs: number } & Parent)
  /** It ended, all of it: COMPLETED, in whatever state, otherwise than COMPLETED. */
  | ({ readonly kind: 'afterok' | 'afterany' | 'afternotok' } & Parent)
  /** Task i waits for task i of the other array to be COMPLETED. */
  | ({ readonly kind: 'aftercorr' } & Parent)
  /** No older job of the same user and name lives. */
  | { readonly kind: 'singleton' };

export type Dependency = {
  /** Whether all terms must hold (`,`) or one is enough (`?`). */
  readonly match: 'all' | 'any';
  readonly terms: readonly DependencyTerm[];
};

/** The terms that do not hold yet, as a live job carries them. */
export type Waits = {
  readonly match: 'all' | 'any';
  readonly terms: readonly WaitingTerm[];
};

/** `failed`: a task of the array it waits for has ended otherwise than COMPLETED. */
export type WaitingTerm = DependencyTerm & { readonly failed?: true };

/** What the history says of a parent, all or some of which has left memory. */
export type FinishedParent = Parent & {
  /** Jobs or tasks that are over, and how many of them otherwise than COMPLETED. */
  readonly ended: number;
  readonly failed: number;
  readonly startedMs: TimeMs | undefined;
  /** How single tasks of an array ended; asked for by `aftercorr` only. */
  readonly tasks: readonly { readonly index: number; readonly state: FinalState }[];
};

/** As Slurm prints it: `afterok:20_4`, `after:12+5`, `singleton`. */
export function termText(term: DependencyTerm): string {
  if (term.kind === 'singleton') return term.kind;
  const task = term.task === undefined ? '' : `_${term.task}`;
  const delay = term.kind === 'after' && term.delayMs > 0 ? `+${term.delayMs / 60_000}` : '';
  return `${term.kind}:${term.job}${task}${delay}`;
}

export const waitsText = ({ match, terms }: Waits): string =>
  terms.map(termText).join(match === 'all' ? ',' : '?');
