/** Counts and sums that may not be exceeded; absent: unlimited. */
export type Limits = {
  readonly maxRunningJobs?: number;
  /** Pending and running. */
  readonly maxSubmittedJobs?: number;
  /** Of the running jobs together. */
  readonly maxCores?: number;
  /** Of the running jobs together: cores x what is left of their time limits. */
  readonly maxCoreMinutesRunning?: number;
  readonly maxCoresPerJob?: number;
  readonly maxNodesPerJob?: number;
  readonly maxTimeMs?: number;
  readonly maxArrayTasks?: number;
};

/** Slurm's names of the limits that we have: of a QoS (QOS...) or an account (Assoc...). */
const COUNTED = {
  qosGroup: {
    maxRunningJobs: 'QOSGrpJobsLimit',
    maxSubmittedJobs: 'QOSGrpSubmitJobsLimit',
    maxCores: 'QOSGrpCpuLimit',
    maxCoreMinutesRunning: 'QOSGrpCPURunMinutesLimit',
  },
  qosPerUser: {
    maxRunningJobs: 'QOSMaxJobsPerUserLimit',
    maxSubmittedJobs: 'QOSMaxSubmitJobPerUserLimit',
    maxCores: 'QOSMaxCpuPerUserLimit',
    maxCoreMinutesRunning: 'QOSMaxCPURunMinutesPerUserLimit',
  },
  accountGroup: {
    maxRunningJobs: 'AssocGrpJobsLimit',
    maxSubmittedJobs: 'AssocGrpSubmitJobsLimit',
    maxCores: 'AssocGrpCpuLimit',
    maxCoreMinutesRunning: 'AssocGrpCPURunMinutesLimit',
  },
  accountPerUser: {
    maxRunningJobs: 'AssocMaxJobsLimit',
    maxSubmittedJobs: 'AssocMaxSubmitJobLimit',
    maxCores: 'AssocMaxCpuPerUserLimit',
    maxCoreMinutesRunning: 'AssocMaxCPURunMinutesPerUserLimit',
  },
} as const;

const QOS_PER_JOB = {
  maxCoresPerJob: 'QOSMaxCpuPerJobLimit',
  maxNodesPerJob: 'QOSMaxNodePerJobLimit',
  maxTimeMs: 'QOSMaxWallDurationPerJobLimit',
  maxArrayTasks: 'QOSMaxArrayTasksLimit',
} as const;

const ACCOUNT_PER_JOB = {
  maxCoresPerJob: 'AssocMaxCpuPerJobLimit',
  maxNodesPerJob: 'AssocMaxNodePerJobLimit',
  maxTimeMs: 'AssocMaxWallDurationPerJobLimit',
  maxArrayTasks: 'AssocMaxArrayTasksLimit',
} as const;

/** Whom a limit binds, and what Slurm calls it there. */
export const LIMIT_NAMES = {
  qosGroup: { ...COUNTED.qosGroup, ...QOS_PER_JOB },
  qosPerUser: { ...COUNTED.qosPerUser, ...QOS_PER_JOB },
  accountGroup: { ...COUNTED.accountGroup, ...ACCOUNT_PER_JOB },
  accountPerUser: { ...COUNTED.accountPerUser, ...ACCOUNT_PER_JOB },
} as const satisfies Record<string, Record<keyof Limits, string>>;
export type LimitHolder = keyof typeof LIMIT_NAMES;
export type LimitName = (typeof LIMIT_NAMES)[LimitHolder][keyof Limits];

/** With `wanted` more, what is `used` would be above `limit`; in the unit of the limit (`of`). */
export type Excess = {
  readonly kind: LimitName;
  readonly of: keyof Limits;
  readonly used: number;
  readonly wanted: number;
  readonly limit: number;
  /** `QoS high`, `ada in QoS high`, `account physics`, `ada in account physics`. */
  readonly whose: string;
};

const NAMES: ReadonlySet<string> = new Set(
  Object.values(LIMIT_NAMES).flatMap((names) => Object.values(names)),
);

export const isExcess = (reason: { readonly kind: string }): reason is Excess =>
  NAMES.has(reason.kind);
