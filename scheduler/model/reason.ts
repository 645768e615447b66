import type { TimeMs } from './time.ts';

/** Why a job is pending: Slurm's reason with the numbers behind it. */
export type PendingReason =
  /** Not looked at yet. */
  | { readonly kind: 'None' }
  | { readonly kind: 'Priority'; readonly ahead: number; readonly first: number }
  | {
      readonly kind: 'Resources';
      readonly wantedCores: number;
      readonly freeCores: number;
      readonly wantedMemoryBytes: number;
    }
  /** `on` in Slurm's words: `afterok:41,singleton`. */
  | { readonly kind: 'Dependency'; readonly on: string }
  | { readonly kind: 'BeginTime'; readonly atMs: TimeMs }
  | { readonly kind: 'JobHeldUser' }
  | { readonly kind: 'JobHeldAdmin' }
  | { readonly kind: 'JobHoldMaxRequeue'; readonly restarts: number }
  | { readonly kind: 'JobArrayTaskLimit'; readonly limit: number; readonly running: number }
  /** It would fit if the named nodes were available. */
  | { readonly kind: 'ReqNodeNotAvail'; readonly nodes: readonly string[] };
