import type { AccountUse } from './accountUse.ts';
import type { JobId, NodeName, RequestId, ScheduleName, UserName } from './ids.ts';
import type { Job } from './job.ts';
import type { Lookup, LookupView } from './lookup.ts';
import type { Node } from './node.ts';
import type { PolicyName } from './policyName.ts';
import type {
  Account,
  BoardPower,
  NodeSettings,
  Partition,
  PriorityWeights,
  Qos,
  Retention,
} from './configuration.ts';
import type { Countable } from './request.ts';
import type { Reservation } from './reservation.ts';
import type { Restoring } from './restoring.ts';
import type { Schedule } from './schedule.ts';
import type { TimeMs } from './time.ts';

/** Limits and intervals of the cluster, in milliseconds and counts; checked when read. */
export type Settings = {
  /** At least one; the first is the default. */
  readonly partitions: readonly Partition[];
  readonly qos?: readonly Qos[];
  /** Without it any account name will do, all with equal shares. */
  readonly accounts?: readonly Account[];
  /** What administrators say of nodes; a node that is not named is as it reports itself. */
  readonly nodes?: readonly NodeSettings[];
  /** Licenses of the cluster, names once. */
  readonly licenses?: readonly Countable[];
  /** For the accounting's joules; decides nothing. */
  readonly power?: readonly BoardPower[];
  /** Absent: everything is kept. */
  readonly retention?: Retention;
  /** Absent: first come, first served. */
  readonly priority?: PriorityWeights;
  /** Of users who may do more than others, by authenticated name. */
  readonly roles?: Readonly<Record<string, 'operator' | 'admin'>>;
  readonly heartbeatMs: number;
  readonly silentAfterMs: number;
  readonly downAfterMs: number;
  readonly leaseMs: number;
  /** TERM, wait, KILL and drift: added to the lease before a silent node is fenced. */
  readonly killMarginMs: number;
  readonly launchResendMs: number;
  readonly launchGiveUpMs: number;
  readonly requeueLimit: number;
  readonly maxLiveJobs: number;
  readonly maxArrayTasks: number;
  /** Requests of one user in a second, and at once, that are served before what others send beyond theirs. */
  readonly requestRate: number;
  readonly requestBurst: number;
  /** `missed: run-all` starts at most this many runs after a downtime. */
  readonly maxMissedRuns: number;
  /** Absent: `backfill`. */
  readonly policy?: PolicyName;
  /** How many waiting jobs `backfill` keeps reservations for; absent: all of them. */
  readonly reservations?: number;
};

/**
 * Everything the scheduler decides from. Only machine/apply.ts writes it; all else reads it
 * as a ClusterView. Iteration order is insertion order, so equal histories plan alike.
 */
export type Cluster = {
  settings: Settings;
  generation: number;
  nextJobId: number;
  readonly jobs: Map<JobId, Job>;
  readonly nodes: Map<NodeName, Node>;
  readonly schedules: Map<string, Schedule>;
  /** By name; one that is over stays for a day. */
  readonly reservations: Map<string, Reservation>;
  /** Request ids of live jobs; those of finished jobs are in the history. */
  readonly requests: Map<string, JobId>;
  /** How long each user's last jobs ran, newest last; at most two: what predictions are made of. */
  readonly recentRunsMs: Map<UserName, readonly number[]>;
  /** Size and wait of the jobs that started last, the newest last; at most STARTS_KEPT. */
  readonly recentStarts: (readonly [number, number])[];
  /** What fair-share remembers, by accountUseKey. */
  readonly accountUse: Map<string, AccountUse>;
  /** Absent: no backup was restored, or all that it did not know is known. */
  restoring?: Restoring | undefined;
  /** Not journalled: since when this process hears the nodes. */
  startedMs: TimeMs | undefined;
  /** Derived from all of the above; machine/lookup.ts keeps it. */
  readonly lookup: Lookup;
};

export type ClusterView = {
  readonly settings: Settings;
  readonly generation: number;
  readonly nextJobId: number;
  readonly jobs: ReadonlyMap<JobId, Job>;
  readonly nodes: ReadonlyMap<NodeName, Node>;
  readonly schedules: ReadonlyMap<string, Schedule>;
  readonly reservations: ReadonlyMap<string, Reservation>;
  readonly requests: ReadonlyMap<string, JobId>;
  readonly recentRunsMs: ReadonlyMap<UserName, readonly number[]>;
  readonly recentStarts: readonly (readonly [number, number])[];
  readonly accountUse: ReadonlyMap<string, AccountUse>;
  readonly restoring?: Restoring | undefined;
  readonly startedMs: TimeMs | undefined;
  readonly lookup: LookupView;
};

/** Request ids are the user's own. */
export const requestKey = (user: UserName, id: RequestId): string => `${user}/${id}`;
export const scheduleKey = (user: UserName, name: ScheduleName): string => `${user}/${name}`;
