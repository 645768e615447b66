import type { Excess } from './limit.ts';
import type { TimeMs } from './time.ts';

/** Of all nodes `of`, these many are what a request asks for: `have nvme`, `are in partition fast`. */
export type Suitable = { readonly suitable: number; readonly of: number; readonly wish: string };

/**
 * Generic resources on each of its nodes: at most `free` are on any of the `on` nodes that have them;
 * or nodes with a feature: so many of them have room.
 */
export type Lack =
  | {
      readonly of: 'gres';
      readonly name: string;
      readonly wanted: number;
      readonly free: number;
      readonly on: number;
    }
  | {
      readonly of: 'feature';
      readonly name: string;
      readonly wanted: number;
      readonly free: number;
    };

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
      /** Absent when every node would do. */
      readonly only?: Suitable;
      /** There are cores and memory enough, but not this. */
      readonly lack?: Lack;
    }
  /** The nodes that it may use could not hold it if all were idle. */
  | {
      readonly kind: 'BadConstraints';
      readonly wantedRanks: number;
      readonly largestRanks: number;
      readonly only: Suitable;
    }
  | {
      readonly kind: 'Licenses';
      readonly license: string;
      readonly wanted: number;
      readonly free: number;
      readonly of: number;
      /** As many are free now, but not for as long as the job may run: they are promised to others. */
      readonly ahead?: true;
    }
  /**
   * Of the cluster. `asked`: the job wants to run in it, and it has not begun, or ends too soon;
   * `ahead`: the job would still run when it begins; `now`: it has the nodes.
   */
  | {
      readonly kind: 'Reservation';
      readonly reservation: string;
      readonly how: 'asked' | 'ahead' | 'now';
      readonly fromMs: number;
      readonly toMs: number;
    }
  /** `on` in Slurm's words: `afterok:41,singleton`. */
  | { readonly kind: 'Dependency'; readonly on: string }
  | { readonly kind: 'BeginTime'; readonly atMs: TimeMs }
  | { readonly kind: 'JobHeldUser' }
  | { readonly kind: 'JobHeldAdmin' }
  | { readonly kind: 'JobHeldRestored' }
  | { readonly kind: 'JobHoldMaxRequeue'; readonly restarts: number }
  | { readonly kind: 'JobArrayTaskLimit'; readonly limit: number; readonly running: number }
  /** The administrator has closed its partition, or to whom it belongs. */
  | {
      readonly kind:
        | 'PartitionDown'
        | 'PartitionInactive'
        | 'UserNotAllowed'
        | 'AccountNotAllowed'
        | 'QOSNotAllowed';
      readonly partition: string;
    }
  /** In nodes, or in ms: more than the partition allows by now. */
  | {
      readonly kind: 'PartitionNodeLimit' | 'PartitionTimeLimit';
      readonly wanted: number;
      readonly limit: number;
      readonly partition: string;
    }
  | Excess
  /** It would fit if the named nodes were available. */
  | { readonly kind: 'ReqNodeNotAvail'; readonly nodes: readonly string[] };
