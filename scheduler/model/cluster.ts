import type { JobId, NodeName, RequestId, ScheduleName, UserName } from './ids.ts';
import type { Job } from './job.ts';
import type { Lookup, LookupView } from './lookup.ts';
import type { Node } from './node.ts';
import type { Schedule } from './schedule.ts';
import type { TimeMs } from './time.ts';

export const POLICY_NAMES = ['fifo', 'easy', 'backfill', 'predictive'] as const;
/** `easy` reserves for the queue's head only, `backfill` for every job (conservative). */
export type PolicyName = (typeof POLICY_NAMES)[number];

/** Limits and intervals of the cluster, in milliseconds and counts; checked when read. */
export type Settings = {
  readonly partitions: readonly { readonly name: string; readonly maxTimeMs: number }[];
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
  /** `missed: run-all` starts at most this many runs after a downtime. */
  readonly maxMissedRuns: number;
  /** Absent: strict first come, first served. */
  readonly policy?: PolicyName;
  /** How many waiting jobs `backfill` keeps reservations for; absent: all of them. */
  readonly reservations?: number;
};

/**
 * Everything the scheduler decides from. Only machine/apply.ts writes it; all else reads it
 * as a ClusterView. Iteration order is insertion order, so equal histories plan alike.
 */
export type Cluster = {
  readonly settings: Settings;
  generation: number;
  nextJobId: number;
  readonly jobs: Map<JobId, Job>;
  readonly nodes: Map<NodeName, Node>;
  readonly schedules: Map<string, Schedule>;
  /** Request ids of live jobs; those of finished jobs are in the history. */
  readonly requests: Map<string, JobId>;
  /** How long each user's last jobs ran, newest last; at most two: what predictions are made of. */
  readonly recentRunsMs: Map<UserName, readonly number[]>;
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
  readonly requests: ReadonlyMap<string, JobId>;
  readonly recentRunsMs: ReadonlyMap<UserName, readonly number[]>;
  readonly startedMs: TimeMs | undefined;
  readonly lookup: LookupView;
};

/** Request ids are the user's own. */
export const requestKey = (user: UserName, id: RequestId): string => `${user}/${id}`;
export const scheduleKey = (user: UserName, name: ScheduleName): string => `${user}/${name}`;
