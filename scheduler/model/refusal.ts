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
    }
  | { readonly code: 'noNodes' }
  /** `on` (`afterok:41`) names a job that is not known. */
  | { readonly code: 'unknownParent'; readonly on: string }
  /** Those it would wait for have ended already, and not as `on` wants. */
  | { readonly code: 'neverSatisfied'; readonly on: string }
  | { readonly code: 'unknownPartition'; readonly partition: string; readonly known: string }
  | { readonly code: 'timeLimitTooLong'; readonly timeLimitMs: number; readonly maximumMs: number }
  | {
      readonly code: 'badValue';
      readonly field: string;
      readonly value: string;
      readonly limit: string;
    }
  | {
      readonly code: 'badCron';
      readonly expression: string;
      readonly position: number;
      readonly problem: string;
    }
  | { readonly code: 'badTimezone'; readonly timezone: string }
  | { readonly code: 'noSuchSchedule'; readonly schedule: string }
  | { readonly code: 'scheduleExists'; readonly schedule: string }
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
