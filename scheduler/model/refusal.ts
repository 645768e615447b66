import type { Excess } from './limit.ts';

/**
 * A domain "no": a code with the numbers behind it, never prose. The command line turns it
 * into a sentence (cli/format/refusal.ts).
 */
export type Refusal =
  | { readonly code: 'noSuchJob'; readonly job: string }
  | { readonly code: 'jobFinished'; readonly job: number; readonly state: string }
  | { readonly code: 'notYours'; readonly job: number; readonly owner: string }
  | { readonly code: 'notPending'; readonly job: number; readonly state: string }
  | { readonly code: 'notActive'; readonly job: number; readonly state: string }
  | {
      readonly code: 'notSuspendable' | 'notSuspended';
      readonly job: number;
      readonly state: string;
    }
  /** The job was submitted with `requeue: false`. */
  | { readonly code: 'notRequeueable'; readonly job: number }
  | {
      readonly code: 'neverFits';
      readonly ranks: number;
      readonly coresPerRank: number;
      readonly memoryPerRankBytes: number;
      /** Most ranks of that shape the cluster could ever hold at once. */
      readonly largestRanks: number;
      readonly nodes: number;
      /** What narrows the choice of nodes: `constraint pi5, 2 nodes`. */
      readonly wish?: string;
    }
  | { readonly code: 'noNodes' }
  /** Files of the job were removed from the store while it was being submitted. */
  | { readonly code: 'filesGone'; readonly files: number }
  /** `on` (`afterok:41`) names a job that is not known. */
  | { readonly code: 'unknownParent'; readonly on: string }
  /** Those it would wait for have ended already, and not as `on` wants. */
  | { readonly code: 'neverSatisfied'; readonly on: string }
  | { readonly code: 'unknownPartition'; readonly partition: string; readonly known: string }
  | {
      readonly code: 'partitionClosed';
      readonly partition: string;
      readonly state: 'drain' | 'inactive';
    }
  | {
      readonly code: 'partitionNodeLimit';
      readonly partition: string;
      readonly nodes: number;
      readonly limit: number;
    }
  /** `allowed` is empty when only some are shut out. */
  | {
      readonly code: 'notAllowedIn';
      readonly partition: string;
      readonly what: 'user' | 'account' | 'QoS';
      readonly name: string;
      readonly allowed: string;
    }
  /** `yours`: the accounts that this user may name. */
  | { readonly code: 'unknownAccount'; readonly account: string; readonly yours: string }
  | {
      readonly code: 'accountNotYours';
      readonly account: string;
      readonly user: string;
      readonly yours: string;
    }
  | { readonly code: 'unknownQos'; readonly qos: string; readonly known: string }
  /** Jobs run on what the new configuration has no longer. */
  | {
      readonly code: 'losesJobs';
      readonly losses: readonly { readonly what: string; readonly jobs: readonly number[] }[];
    }
  /** One line for each fault, with its place in the file. */
  | { readonly code: 'badConfiguration'; readonly faults: string }
  | { readonly code: 'overLimit'; readonly excess: Excess }
  | { readonly code: 'timeLimitTooLong'; readonly timeLimitMs: number; readonly maximumMs: number }
  | {
      readonly code: 'badValue';
      readonly field: string;
      readonly value: string;
      readonly limit: string;
    }
  /** Two parts of the request that cannot be meant together. */
  | {
      readonly code: 'contradictory';
      readonly field: string;
      readonly value: string;
      readonly other: string;
      readonly otherValue: string;
      readonly rule: string;
    }
  | { readonly code: 'minTimeTooLong'; readonly minTimeMs: number; readonly timeLimitMs: number }
  | { readonly code: 'beginAfterDeadline'; readonly beginMs: number; readonly deadlineMs: number }
  /** From `fromMs` on it would need `neededMs`, and cannot end in time. */
  | {
      readonly code: 'deadlineTooSoon';
      readonly deadlineMs: number;
      readonly fromMs: number;
      readonly neededMs: number;
    }
  | { readonly code: 'unknownFeature'; readonly feature: string; readonly known: string }
  | {
      readonly code: 'unknownGres' | 'unknownLicense';
      readonly name: string;
      readonly known: string;
    }
  /** `most`: on one node, or in the cluster. */
  | {
      readonly code: 'tooManyGres' | 'tooManyLicenses';
      readonly name: string;
      readonly asked: number;
      readonly most: number;
    }
  /** Nodes that could ever hold a rank of the job; `of` is the whole cluster. */
  | {
      readonly code: 'tooFewNodes';
      readonly asked: number;
      readonly suitable: number;
      readonly of: number;
      /** What narrows the choice, in Slurm's words; empty: cores and memory only. */
      readonly wish: string;
    }
  /** A node that the job names, but could not use: `it is not in partition fast`. */
  | { readonly code: 'unsuitableNode'; readonly node: string; readonly why: string }
  /** Only `allowed` may change once the job has nodes. */
  | {
      readonly code: 'notWhileRunning';
      readonly job: number;
      readonly state: string;
      readonly field: string;
      readonly allowed: string;
    }
  /** Of a running job; 0: none. */
  | {
      readonly code: 'limitOnlyLowered';
      readonly job: number;
      readonly timeLimitMs: number;
      readonly currentMs: number;
    }
  /** It must be over when others' window opens, or its own closes, on one of its nodes. */
  | {
      readonly code: 'limitMeetsReservation';
      readonly job: number;
      readonly reservation: string;
      readonly boundMs: number;
    }
  | { readonly code: 'arrayTooLarge'; readonly tasks: number; readonly limit: number }
  | {
      readonly code: 'badCron';
      readonly expression: string;
      readonly position: number;
      readonly problem: string;
    }
  | { readonly code: 'badTimezone'; readonly timezone: string }
  | { readonly code: 'noSuchSchedule'; readonly schedule: string }
  | { readonly code: 'scheduleExists'; readonly schedule: string }
  | { readonly code: 'noSuchReservation'; readonly reservation: string; readonly known: string }
  | { readonly code: 'reservationExists'; readonly name: string }
  | { readonly code: 'reservationOver'; readonly reservation: string; readonly endMs: number }
  | {
      readonly code: 'reservationNotYours';
      readonly reservation: string;
      readonly user: string;
      readonly account: string;
    }
  /** `leftMs`: of its window, or of each of them. */
  | {
      readonly code: 'reservationTooShort';
      readonly reservation: string;
      readonly timeLimitMs: number;
      readonly leftMs: number;
    }
  /** `node` is in both; from and to are of the other's window. */
  | {
      readonly code: 'reservationOverlaps';
      readonly reservation: string;
      readonly other: string;
      readonly node: string;
      readonly fromMs: number;
      readonly toMs: number;
    }
  /** The first few of `count` jobs; without `untilMs` one of them has no time limit. */
  | {
      readonly code: 'reservationOverJobs';
      readonly reservation: string;
      readonly jobs: readonly number[];
      readonly count: number;
      readonly untilMs?: number;
    }
  | {
      readonly code: 'tooFewFreeNodes';
      readonly asked: number;
      readonly free: number;
      readonly of: number;
    }
  /** The scheduler is behind; nothing was done. */
  | { readonly code: 'busy'; readonly retryMs: number }
  /** Beyond the user's rate, and others need the scheduler now; nothing was done. */
  | {
      readonly code: 'tooManyRequests';
      readonly perSecond: number;
      readonly burst: number;
      readonly retryMs: number;
    }
  /** Of the scheduler: nothing can be recorded. */
  | { readonly code: 'diskFull' }
  | { readonly code: 'tooManyJobs'; readonly limit: number; readonly live: number }
  | { readonly code: 'requestReused'; readonly requestId: string }
  | { readonly code: 'noSuchNode'; readonly node: string }
  | { readonly code: 'notAllowed'; readonly verb: string; readonly role: string }
  | {
      readonly code: 'stale';
      readonly what: string;
      readonly given: number;
      readonly current: number;
    };
