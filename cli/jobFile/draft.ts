/**
 * What one source says of a job (job.yaml, `#PIBATCH` lines, PISUB_* variables, options), in
 * canonical units; nothing is filled in. Drafts are laid over each other by rising precedence.
 */
import type { DependencyText } from '../format/dependency.ts';
import type { EndSignal, Wishes } from '../../scheduler/model/request.ts';
import type { MISSED, OVERLAPS } from '../../scheduler/model/schedule.ts';

export type ProgramDraft =
  /** Path of the module as the user wrote it, relative to `folder`. */
  | { readonly kind: 'kernel'; readonly file: string; readonly folder: string }
  | { readonly kind: 'command'; readonly args: readonly string[] }
  | { readonly kind: 'script'; readonly text: string; readonly args: readonly string[] };

export type ScheduleDraft = {
  readonly cron?: string;
  readonly timezone?: string;
  readonly overlap?: (typeof OVERLAPS)[number];
  readonly missed?: (typeof MISSED)[number];
};

export type ArrayDraft = {
  readonly indexes: readonly number[];
  readonly throttle: number | undefined;
};

export type JobDraft = Omit<Wishes, 'ranksRange' | 'deadlineMs'> & {
  readonly name?: string;
  readonly program?: ProgramDraft;
  readonly ranks?: number;
  /** Undefined where `ranks` was said as one number. */
  readonly ranksRange?: Wishes['ranksRange'] | undefined;
  readonly coresPerRank?: number;
  readonly memory?: { readonly per: 'rank' | 'core' | 'node'; readonly bytes: number };
  /** 0: as long as the partition allows. */
  readonly timeLimitMs?: number;
  readonly partition?: string;
  readonly account?: string;
  readonly beginMs?: number;
  readonly deadlineMs?: number;
  readonly dependency?: DependencyText;
  readonly hold?: boolean;
  readonly requeue?: boolean;
  readonly endSignal?: EndSignal;
  readonly array?: ArrayDraft;
  readonly schedule?: ScheduleDraft;
  /** Any JSON value. */
  readonly params?: unknown;
  /** Single members laid over `params`. */
  readonly paramMembers?: Readonly<Record<string, unknown>>;
  readonly inputs?: readonly string[];
  readonly outputs?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly size?: number;
  readonly comment?: string;
  readonly group?: string;
  /** Where inputs are looked up; the job file's own folder. */
  readonly folder?: string;
};

/** `over` wins; environment, schedule and parameters are laid together member by member. */
export function layOver(under: JobDraft, over: JobDraft): JobDraft {
  const { environment, schedule, paramMembers } = under;
  const result: JobDraft = {
    ...under,
    ...over,
    ...(environment ? { environment: { ...environment, ...over.environment } } : {}),
    ...(schedule ? { schedule: { ...schedule, ...over.schedule } } : {}),
    ...(paramMembers ? { paramMembers: { ...paramMembers, ...over.paramMembers } } : {}),
  };
  if (over.params === undefined || paramMembers === undefined) return result;
  const { paramMembers: _, ...replaced } = result;
  return over.paramMembers ? { ...replaced, paramMembers: over.paramMembers } : replaced;
}

/** The same for two values within one source: repeated inputs and outputs add up. */
export function addTo(draft: JobDraft, more: JobDraft): JobDraft {
  const { inputs, outputs } = draft;
  return {
    ...layOver(draft, more),
    ...(inputs && more.inputs ? { inputs: [...inputs, ...more.inputs] } : {}),
    ...(outputs && more.outputs ? { outputs: [...outputs, ...more.outputs] } : {}),
    ...(draft.paramMembers && more.params !== undefined
      ? { paramMembers: draft.paramMembers }
      : {}),
  };
}
