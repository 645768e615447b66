import type { Settings } from './cluster.ts';
import type { Checkpoint, PartCheckpoint } from './checkpoint.ts';
import type { Waits } from './dependency.ts';
import type { JobId, NodeName, PartId, ScheduleName, UserName } from './ids.ts';
import type { Job, JobEnd } from './job.ts';
import type { BookedShare } from './lookup.ts';
import type { NodeFacts, NodeHeard } from './node.ts';
import type { PartEnd } from './outcome.ts';
import type { AttemptEnding, Part, ReportSequence } from './part.ts';
import type { RankChoice } from './rankChoice.ts';
import type { PendingReason } from './reason.ts';
import type { Reservation } from './reservation.ts';
import type { JobRequest } from './request.ts';
import type { FoundPart } from './restoring.ts';
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
      readonly hold: 'user' | 'admin' | 'requeueLimit' | 'restored';
    }
  /** A backup became the journal: the first event of a new generation. */
  | {
      readonly kind: 'clusterRestored';
      readonly generation: number;
      readonly nextJobId: number;
      readonly awaited: readonly NodeName[];
      readonly complete: boolean;
    }
  /** A node holds, or held, a part of an attempt that the backup knew nothing of. */
  | { readonly kind: 'attemptFound'; readonly job: JobId; readonly found: FoundPart }
  /** It has said all that it holds, and holds nothing that the journal does not know. */
  | { readonly kind: 'nodeAccounted'; readonly node: NodeName }
  /** Work is placed again; `missing` were waited for as long as anything of theirs could live. */
  | { readonly kind: 'restoreSettled'; readonly missing: readonly NodeName[] }
  | { readonly kind: 'jobReleased'; readonly job: JobId }
  /** `tasks` leave the array's record without having run. */
  | {
      readonly kind: 'arrayTasksCancelled';
      readonly job: JobId;
      readonly tasks: readonly number[];
      readonly by: string;
    }
  /** `waitsFor` and `eligibleMs` as well are what they are now; `eligibleMs` of a pending job only. */
  | {
      readonly kind: 'jobUpdated';
      readonly job: JobId;
      readonly request: JobRequest;
      readonly waitsFor?: Waits;
      readonly eligibleMs?: TimeMs;
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
      /** Absent: the job's own time limit. */
      readonly limitMs?: number;
      /** Of a moldable job: its ranks from now on. */
      readonly choice?: RankChoice;
      /** What was said of this start while the job waited. */
      readonly foretold?: Foretold;
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
  /** States of the part's ranks are in the object store. */
  | {
      readonly kind: 'checkpointStored';
      readonly part: PartId;
      readonly checkpoint: PartCheckpoint;
    }
  /** Those of all parts are: the next attempt goes on from there. */
  | {
      readonly kind: 'checkpointCompleted';
      readonly job: JobId;
      readonly checkpoint: Checkpoint;
    }
  | {
      readonly kind: 'attemptEnding';
      readonly job: JobId;
      readonly attempt: number;
      readonly ending: AttemptEnding;
    }
  /** Its ranks shall stop, until it is resumed. */
  | {
      readonly kind: 'jobSuspended' | 'jobResumed';
      readonly job: JobId;
      readonly attempt: number;
      readonly by: string;
    }
  /** Its node says that the part's ranks are stopped, or that they go on. */
  | { readonly kind: 'partSuspended' | 'partResumed'; readonly part: PartId }
  /** The attempt is over and the job waits again. */
  | {
      readonly kind: 'jobRequeued';
      readonly job: JobId;
      readonly attempt: number;
      readonly why: string;
      readonly eligibleMs: TimeMs;
      /** Whether this attempt counts against the requeue limit. */
      readonly counted: boolean;
      /** What its QoS counts it in fair-share; absent: 1. */
      readonly usageFactor?: number;
    }
  | {
      readonly kind: 'jobFinished';
      readonly job: JobId;
      readonly user: UserName;
      readonly end: JobEnd;
      /** What its QoS counts it in fair-share; absent: 1. */
      readonly usageFactor?: number;
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
  /** New, or changed: it takes the place of one of that name. */
  | {
      readonly kind: 'reservationCreated' | 'reservationUpdated';
      readonly reservation: Reservation;
      readonly changedBy: string;
    }
  /** A recurring one's window is over; `startMs` is its next. */
  | { readonly kind: 'reservationMoved'; readonly name: string; readonly startMs: TimeMs }
  | { readonly kind: 'reservationRemoved'; readonly name: string; readonly by: string }
  /** Another configuration is in force; it is read from its file again at every start. */
  | { readonly kind: 'settingsChanged'; readonly settings: Settings }
  /** The process began to listen: no node is judged by what it missed before. */
  | { readonly kind: 'schedulerStarted' }
  | { readonly kind: 'partAccepted'; readonly part: PartId }
  /** It knows its peers: its ranks begin. */
  | { readonly kind: 'partWired'; readonly part: PartId }
  | { readonly kind: 'launchResent'; readonly part: PartId }
  | { readonly kind: 'nodeHeard'; readonly node: NodeName; readonly heard: NodeHeard }
  /** When waiting jobs are to start, as far as the last pass reserved; replaces all before it. */
  | {
      readonly kind: 'startsPlanned';
      readonly starts: ReadonlyMap<JobId, TimeMs>;
      readonly bookings?: ReadonlyMap<JobId, readonly BookedShare[]>;
      readonly choices?: ReadonlyMap<JobId, RankChoice>;
      /** Those of them that were told no start before. */
      readonly told?: readonly JobId[];
    }
  /** Of all pending jobs, whole numbers; replaces all before it. */
  | { readonly kind: 'prioritiesSet'; readonly priorities: ReadonlyMap<JobId, number> }
  /** Of jobs that have just become ready, beside those that are set. */
  | { readonly kind: 'prioritiesAdded'; readonly priorities: ReadonlyMap<JobId, number> }
  | { readonly kind: 'reasonChanged'; readonly job: JobId; readonly reason: PendingReason };

/** When the job was to start: as said first, and by the last pass. */
export type Foretold = {
  readonly saidMs: TimeMs;
  readonly firstMs: TimeMs;
  readonly lastMs: TimeMs;
};

/** Applied but never journalled: what the next report or pass says anew. */
export const VOLATILE_EVENTS: ReadonlySet<Event['kind']> = new Set([
  'settingsChanged',
  'schedulerStarted',
  'partAccepted',
  'partWired',
  'launchResent',
  'nodeHeard',
  'startsPlanned',
  'prioritiesSet',
  'prioritiesAdded',
  'reasonChanged',
]);
