import type { RuntimeCurve } from '../../accounting/speedup/moldable.ts';
import type { Settings } from './cluster.ts';
import { scheduleKey } from './cluster.ts';
import type { Dependency, FinishedParent } from './dependency.ts';
import type { PartCheckpoint } from './checkpoint.ts';
import type { JobId, NodeName, PartId, RequestId, ScheduleName, UserName } from './ids.ts';
import type { JobChanges } from './jobChanges.ts';
import type { PartTerms } from './effect.ts';
import type { NodeFacts, NodeTelemetry } from './node.ts';
import type { PartEnd } from './outcome.ts';
import type { ReportSequence } from './part.ts';
import type { JobRequest } from './request.ts';
import type { SeenPart } from './restoring.ts';
import type { ReservationChange, ReservationRepeat } from './reservation.ts';
import type { Schedule, ScheduleRule } from './schedule.ts';
import type { TimeMs } from './time.ts';

/** Who asks, as the broker proved it. */
export type Principal = { readonly user: UserName; readonly role: 'user' | 'operator' | 'admin' };

/** A job, one task of an array (`20_4`), or by name; at most one job's worth of harm per input. */
export type JobTarget = { readonly job: JobId; readonly task: number | undefined };

/** What the world says. `replyTo` is the shell's ticket; its answer comes back as a `reply` effect. */
export type Input = {
  readonly atMs: TimeMs;
  /** What the history knows of recurring moldable jobs that may be due, by scheduleKey. */
  readonly curves?: ReadonlyMap<string, RuntimeCurve>;
} & (
  | {
      readonly kind: 'submit';
      readonly replyTo: number;
      readonly by: Principal;
      readonly requestId: RequestId;
      readonly request: JobRequest;
      /** What the history knows of the jobs that `request.dependency` names. */
      readonly parents?: readonly FinishedParent[];
      /** What it knows of the run times of a moldable job. */
      readonly curve?: RuntimeCurve;
    }
  | ({ readonly kind: 'cancel'; readonly signal: number | undefined } & JobCommand)
  | ({ readonly kind: 'hold' } & JobCommand)
  | ({ readonly kind: 'release' } & JobCommand)
  | ({ readonly kind: 'requeue' } & JobCommand)
  | ({ readonly kind: 'suspend' | 'resumeJob' } & JobCommand)
  | ({
      readonly kind: 'update';
      readonly changes: JobChanges;
      /** As for `submit`, when the dependency is changed. */
      readonly parents?: readonly FinishedParent[];
    } & JobCommand)
  | {
      readonly kind: 'drain' | 'resume';
      readonly replyTo: number;
      readonly by: Principal;
      readonly node: NodeName;
      readonly why: string;
    }
  | {
      readonly kind: 'createSchedule';
      readonly replyTo: number;
      readonly by: Principal;
      readonly requestId: RequestId;
      readonly name: ScheduleName;
      readonly rule: ScheduleRule;
      readonly request: JobRequest;
    }
  | {
      readonly kind: 'pauseSchedule' | 'resumeSchedule' | 'removeSchedule' | 'runSchedule';
      readonly replyTo: number;
      readonly by: Principal;
      /** Whose schedule; operators may name another user's. */
      readonly owner: UserName;
      readonly name: ScheduleName;
    }
  /** The configuration file was read anew. */
  | {
      readonly kind: 'reconfigure';
      readonly replyTo: number;
      readonly by: Principal;
      readonly settings: Settings;
    }
  | {
      readonly kind: 'createReservation';
      readonly replyTo: number;
      readonly by: Principal;
      readonly order: ReservationOrder;
    }
  | {
      readonly kind: 'updateReservation';
      readonly replyTo: number;
      readonly by: Principal;
      readonly name: string;
      readonly change: ReservationChange;
      readonly ignoreJobs: boolean;
    }
  | {
      readonly kind: 'removeReservation';
      readonly replyTo: number;
      readonly by: Principal;
      readonly name: string;
    }
  | {
      readonly kind: 'nodeReported';
      readonly replyTo: number;
      readonly node: NodeName;
      readonly report: NodeReport;
    }
  /** A wake-up asked for by `wakeAt`, or any later moment. */
  | { readonly kind: 'woken' }
  /** First input after a start: gives every node its grace before it may be judged. */
  | { readonly kind: 'restarted' }
);

/** Who asks to wait for jobs is told what the history knows of them. */
export function withParents(
  input: Input,
  find: (dependency: Dependency) => readonly FinishedParent[],
): Input {
  if (input.kind === 'submit') {
    const { dependency } = input.request;
    return dependency ? { ...input, parents: find(dependency) } : input;
  }
  if (input.kind !== 'update') return input;
  const { dependency } = input.changes.set;
  return dependency ? { ...input, parents: find(dependency) } : input;
}

/** A moldable job comes with what the history knows of its like, also one that recurs. */
export function withCurves(
  input: Input,
  schedules: Iterable<Schedule>,
  find: (user: UserName, request: JobRequest) => RuntimeCurve | undefined,
): Input {
  if (input.kind === 'submit') {
    const curve = input.request.ranksRange && find(input.by.user, input.request);
    return curve ? { ...input, curve } : input;
  }
  if (!maySubmit(input)) return input;
  const curves = new Map<string, RuntimeCurve>();
  for (const { user, name, request, nextMs, queued } of schedules) {
    const due = (nextMs ?? Infinity) <= input.atMs || queued.length > 0;
    if (!request.ranksRange || !(due || input.kind === 'runSchedule')) continue;
    const curve = find(user, request);
    if (curve) curves.set(scheduleKey(user, name), curve);
  }
  return curves.size > 0 ? { ...input, curves } : input;
}

/** Whether a run of a recurring job may be due with it, or become so by an end. */
const maySubmit = (input: Input): boolean =>
  input.kind === 'nodeReported'
    ? input.report.parts.some(({ stage }) => stage === 'ended')
    : ['woken', 'restarted', 'runSchedule', 'cancel'].includes(input.kind);

type JobCommand = {
  readonly replyTo: number;
  readonly by: Principal;
  readonly target: JobTarget;
};

export type ReservationOrder = {
  readonly name: string;
  /** Absent: now. */
  readonly startMs?: TimeMs;
  readonly durationMs: number;
  /** Names, or how many of those that are free then. */
  readonly nodes: readonly NodeName[] | number;
  readonly users: readonly string[];
  readonly accounts: readonly string[];
  readonly repeat?: ReservationRepeat;
  readonly maintenance: boolean;
  /** Jobs that run now and may still run then are no reason to refuse. */
  readonly ignoreJobs: boolean;
};

/** A node's complete inventory. */
export type NodeReport = {
  readonly generation: number;
  readonly epoch: number;
  readonly sequence: ReportSequence;
  readonly sentAtMs: TimeMs;
  readonly facts: NodeFacts;
  readonly telemetry: NodeTelemetry;
  readonly parts: readonly ReportedPart[];
  /** To a scheduler of a newer generation, some at a time: all that this node holds and has buried. */
  readonly seen?: readonly SeenPart[];
};

/** An input before the time of its arrival is read. */
export type Untimed<T = Input> = T extends Input ? Omit<T, 'atMs'> : never;

/** Every part that the node has accepted and that is not yet acknowledged as over. */
export type ReportedPart = { readonly id: PartId; readonly checkpoint?: PartCheckpoint } & (
  | { readonly stage: 'accepted' }
  | {
      readonly stage: 'running';
      readonly startedMs: TimeMs;
      readonly listens: { readonly host: string; readonly port: number } | undefined;
      readonly wired: boolean;
      /** 0..1 as the kernel said, if it did. */
      readonly progress: number | undefined;
      /** Those that it goes by; absent: it does not say. */
      readonly terms?: PartTerms;
    }
  | { readonly stage: 'ended'; readonly endedMs: TimeMs; readonly end: PartEnd }
);
