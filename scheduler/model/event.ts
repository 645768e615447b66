import type { Waits } from './dependency.ts';
import type { JobId, NodeName, PartId, ScheduleName, UserName } from './ids.ts';
import type { Job, JobEnd } from './job.ts';
import type { NodeFacts, NodeHeard } from './node.ts';
import type { PartEnd } from './outcome.ts';
import type { AttemptEnding, Part, ReportSequence } from './part.ts';
import type { PendingReason } from './reason.ts';
import type { Schedule, ScheduleRun } from './schedule.ts';
import type { TimeMs } from './time.ts';

/** A fact and its time. */
export type Event = { readonly atMs: TimeMs } & Fact;

/** Facts hold their result, so that replay decides nothing again. */
export type Fact =
  | { readonly kind: 'jobSubmitted'; readonly job: Job }
  | {
      readonly kind: 'jobHeld';
      readonly job: JobId;
      readonly hold: 'user' | 'admin' | 'requeueLimit';
    }
  | { readonly kind: 'jobReleased'; readonly job: JobId }
  /** `tasks` leave the array's record without having run. */
  | {
      readonly kind: 'arrayTasksCancelled';
      readonly job: JobId;
      readonly tasks: readonly number[];
      readonly by: string;
    }
  /** Some of what the job waited for has come about; `waitsFor` is what is left. */
  | {
      readonly kind: 'dependencyChanged';
      readonly job: JobId;
      readonly waitsFor?: Waits;
      readonly eligibleMs: TimeMs;
    }
  /** One task becomes a job of its own (or, as the last one, the array's record becomes that task). */
  | {
      readonly kind: 'arrayTaskSplit';
      readonly array: JobId;
      readonly index: number;
      readonly job: JobId;
    }
  | {
      readonly kind: 'jobAllocated';
      readonly job: JobId;
      readonly attempt: number;
      readonly parts: readonly Part[];
    }
  | {
      readonly kind: 'partStarted';
      readonly part: PartId;
      readonly startedMs: TimeMs;
      readonly seen: ReportSequence;
      readonly listens: { readonly host: string; readonly port: number } | undefined;
    }
  | {
      readonly kind: 'partEnded';
      readonly part: PartId;
      readonly node: NodeName;
      readonly end: PartEnd;
    }
  | {
      readonly kind: 'attemptEnding';
      readonly job: JobId;
      readonly attempt: number;
      readonly ending: AttemptEnding;
    }
  /** The attempt is over and the job waits again. */
  | {
      readonly kind: 'jobRequeued';
      readonly job: JobId;
      readonly attempt: number;
      readonly why: string;
      readonly eligibleMs: TimeMs;
      /** Whether this attempt counts against the requeue limit. */
      readonly counted: boolean;
    }
  | {
      readonly kind: 'jobFinished';
      readonly job: JobId;
      readonly user: UserName;
      readonly end: JobEnd;
    }
  | {
      readonly kind: 'nodeJoined';
      readonly node: NodeName;
      readonly facts: NodeFacts;
      readonly epoch: number;
    }
  | { readonly kind: 'nodeChanged'; readonly node: NodeName; readonly facts: NodeFacts }
  /** Epoch + 1: every order and report of the old one is void. Its open parts end in events of their own. */
  | {
      readonly kind: 'nodeFenced';
      readonly node: NodeName;
      readonly epoch: number;
      readonly why: string;
    }
  | { readonly kind: 'nodeWentSilent'; readonly node: NodeName }
  | { readonly kind: 'nodeWentDown'; readonly node: NodeName }
  | { readonly kind: 'nodeReturned'; readonly node: NodeName }
  | {
      readonly kind: 'nodeDrained';
      readonly node: NodeName;
      readonly by: string;
      readonly why: string;
    }
  | { readonly kind: 'nodeResumed'; readonly node: NodeName; readonly by: string }
  | { readonly kind: 'scheduleCreated'; readonly schedule: Schedule }
  | { readonly kind: 'schedulePaused'; readonly user: UserName; readonly name: ScheduleName }
  | { readonly kind: 'scheduleRemoved'; readonly user: UserName; readonly name: ScheduleName }
  | {
      readonly kind: 'scheduleResumed';
      readonly user: UserName;
      readonly name: ScheduleName;
      readonly nextMs: TimeMs | undefined;
    }
  /** A due time was dealt with; its jobs, if any, come in `jobSubmitted` events after it. */
  | {
      readonly kind: 'scheduleRan';
      readonly user: UserName;
      readonly name: ScheduleName;
      readonly run: ScheduleRun;
      readonly nextMs: TimeMs | undefined;
    }
  /** The process began to listen: no node is judged by what it missed before. */
  | { readonly kind: 'schedulerStarted' }
  | { readonly kind: 'partAccepted'; readonly part: PartId }
  | { readonly kind: 'launchResent'; readonly part: PartId }
  | { readonly kind: 'nodeHeard'; readonly node: NodeName; readonly heard: NodeHeard }
  /** When waiting jobs are to start, as far as the last pass reserved; replaces all before it. */
  | { readonly kind: 'startsPlanned'; readonly starts: ReadonlyMap<JobId, TimeMs> }
  | { readonly kind: 'reasonChanged'; readonly job: JobId; readonly reason: PendingReason };

/** Applied but never journalled: what the next report or pass says anew. */
export const VOLATILE_EVENTS: ReadonlySet<Event['kind']> = new Set([
  'schedulerStarted',
  'partAccepted',
  'launchResent',
  'nodeHeard',
  'startsPlanned',
  'reasonChanged',
]);
