import type { RuntimeCurve } from '../../accounting/speedup/moldable.ts';
import type { Checkpoint } from './checkpoint.ts';
import type { Waits } from './dependency.ts';
import type { ArrayTask, JobId, ScheduleName, UserName, RequestId } from './ids.ts';
import type { ExitCode, FinalState } from './outcome.ts';
import type { Attempt } from './part.ts';
import type { PendingReason } from './reason.ts';
import type { JobRequest } from './request.ts';
import type { FoundPart } from './restoring.ts';
import type { TimeMs } from './time.ts';

/** A live job: queued or holding an allocation. Finished jobs live in the history only. */
export type Job = {
  readonly id: JobId;
  readonly user: UserName;
  readonly requestId: RequestId;
  readonly request: JobRequest;
  readonly submittedMs: TimeMs;
  readonly task: ArrayTask | undefined;
  /** For the record of an array: the tasks not yet split off, ascending. */
  readonly pendingTasks: readonly number[];
  readonly schedule: ScheduleName | undefined;
  /** How often it was requeued, for whatever reason; attempt numbers follow (restoring.ts). */
  readonly restarts: number;
  /** Requeues after failures of the system: these count against settings.requeueLimit. */
  readonly failedAttempts: number;
  /** What it waits for besides resources; absent: nothing any more. */
  readonly waitsFor?: Waits;
  /** What the user's earlier runs say of a moldable job, as known when it was submitted. */
  readonly curve?: RuntimeCurve;
  /** What the next attempt goes on from. */
  readonly checkpoint?: Checkpoint;
  /** Of attempts which the backup that was restored knew nothing of. */
  readonly found?: readonly FoundPart[];
  readonly state: JobState;
};

export type JobState =
  | {
      readonly kind: 'pending';
      readonly hold: 'none' | 'user' | 'admin' | 'requeueLimit' | 'restored';
      readonly eligibleMs: TimeMs;
      /**
       * What a scheduling pass said when it last changed. Numbers that change with every start
       * (`Priority.ahead`) are fresh only in policy/reason.ts:pendingReason.
       */
      readonly reason: PendingReason;
    }
  | { readonly kind: 'active'; readonly attempt: Attempt };

/** The end of a job, as it goes into the history. */
export type JobEnd = {
  readonly state: FinalState;
  readonly exit: ExitCode;
  /** Slurm's reason: `None`, `NonZeroExitCode`, `TimeLimit`, `RaisedSignal:9(Killed)` ... */
  readonly reason: string;
  /** In words, for the user: names rank, node and cause. */
  readonly message: string | undefined;
  readonly cancelledBy: string | undefined;
};

/** The time limit that holds: of its attempt, or the one it asked for. In ms, 0: none. */
export const timeLimitOf = ({ state, request }: Job): number =>
  (state.kind === 'active' ? state.attempt.limitMs : undefined) ?? request.timeLimitMs;
