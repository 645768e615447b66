/** What may stand in the configuration file: every section, every key and what its values may be. */
import { z } from 'zod';
import { POLICY_NAMES } from '../../model/policyName.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '../../model/time.ts';
import * as is from './values.ts';

const time = { leastMs: SECOND_MS, mostMs: 3_650 * DAY_MS };
const grace = { leastMs: SECOND_MS, mostMs: HOUR_MS };
const PREEMPT = ['off', 'requeue', 'suspend', 'cancel'] as const;
const MOST = 1_000_000;

export const LIMITS = {
  maxRunningJobs: is.whole(0, MOST).exactOptional(),
  maxSubmittedJobs: is.whole(0, MOST).exactOptional(),
  maxCores: is.whole(0, 10_000_000).exactOptional(),
  maxCoreMinutesRunning: is.whole(0, Number.MAX_SAFE_INTEGER).exactOptional(),
  maxCoresPerJob: is.whole(1, 10_000_000).exactOptional(),
  maxNodesPerJob: is.whole(1, 100_000).exactOptional(),
  maxTime: is.timeLimit.exactOptional(),
  maxArrayTasks: is.whole(1, MOST).exactOptional(),
};
const limits = z.strictObject(LIMITS);

export const PARTITION = {
  maxTime: is.timeLimit.exactOptional(),
  maxTimeMs: is.whole(0, 3_650 * DAY_MS).exactOptional(),
  defaultTime: is.timeLimit.exactOptional(),
  nodes: is.nodeNames.exactOptional(),
  maxNodes: is.whole(1, 100_000).exactOptional(),
  tier: is.whole(0, 65_533).exactOptional(),
  state: is.oneOf(['up', 'down', 'drain', 'inactive']).exactOptional(),
  allowUsers: is.users.exactOptional(),
  allowAccounts: is.names.exactOptional(),
  denyAccounts: is.names.exactOptional(),
  allowQos: is.names.exactOptional(),
  qos: is.name.exactOptional(),
  policy: is.oneOf(POLICY_NAMES).exactOptional(),
  preempt: is.oneOf(PREEMPT).exactOptional(),
  grace: is.duration(grace).exactOptional(),
  scavenger: is.truth.exactOptional(),
};
const partition = z.strictObject(PARTITION);
export const NAMED_PARTITION = { name: is.name, ...PARTITION };

export const QOS = {
  priority: is.whole(0, 1_000_000).exactOptional(),
  group: limits.exactOptional(),
  perUser: limits.exactOptional(),
  preempts: is.names.exactOptional(),
  preempt: is.oneOf(PREEMPT).exactOptional(),
  grace: is.duration(grace).exactOptional(),
  usageFactor: is.number(0, 1_000).exactOptional(),
};

export const ACCOUNT = {
  parent: is.name.exactOptional(),
  shares: is.whole(0, 1_000_000).exactOptional(),
  users: is.users.exactOptional(),
  group: limits.exactOptional(),
  perUser: limits.exactOptional(),
};

export const NODE = {
  features: is.features.exactOptional(),
  gres: is.countables.exactOptional(),
  switch: is.name.exactOptional(),
  cores: is.whole(1, 4_096).exactOptional(),
  memory: is.bytes.exactOptional(),
  order: is.whole(-MOST, MOST).exactOptional(),
};

export const POWER = {
  idle: is.number(0, 1_000),
  full: is.number(0, 10_000),
  cores: is.whole(1, 4_096).exactOptional(),
  overhead: is.number(0, 1_000).exactOptional(),
};

const kept = { leastMs: HOUR_MS, mostMs: 36_500 * DAY_MS };
export const RETENTION = {
  jobs: is.duration(kept).exactOptional(),
  /** A submit may take a while between storing its first file and being accepted. */
  files: is.duration({ ...kept, leastMs: DAY_MS }).exactOptional(),
};

const weight = is.whole(0, 1_000_000_000).exactOptional();
export const PRIORITY = {
  age: weight,
  maxAge: is.duration(time).exactOptional(),
  size: weight,
  favourSmall: is.truth.exactOptional(),
  partition: weight,
  qos: weight,
  fairShare: weight,
  halfLife: is.duration(time).exactOptional(),
};

/** Least and most of every interval, in ms. */
const INTERVAL_BOUNDS = {
  heartbeat: [100, MINUTE_MS],
  silentAfter: [300, HOUR_MS],
  downAfter: [500, DAY_MS],
  lease: [SECOND_MS, 30 * DAY_MS],
  killMargin: [SECOND_MS, HOUR_MS],
  launchResend: [50, MINUTE_MS],
  launchGiveUp: [SECOND_MS, HOUR_MS],
} as const;
export type IntervalName = keyof typeof INTERVAL_BOUNDS;

const intervalsAs = <T extends z.ZodType>(read: (bounds: is.Bounds) => T) =>
  Object.fromEntries(
    Object.entries(INTERVAL_BOUNDS).map(([key, [leastMs, mostMs]]) => [
      key,
      read({ leastMs, mostMs }),
    ]),
  ) as { [Key in IntervalName]: T };

export const INTERVALS = intervalsAs((bounds) => is.duration(bounds).exactOptional());
const INTERVALS_MS = intervalsAs(({ leastMs, mostMs }) =>
  is.whole(leastMs, mostMs).exactOptional(),
);

export const COUNTS = {
  maxLiveJobs: is.whole(1, MOST).exactOptional(),
  maxArrayTasks: is.whole(1, 100_000).exactOptional(),
  maxMissedRuns: is.whole(1, 1_000).exactOptional(),
  requeueLimit: is.whole(0, 100).exactOptional(),
  requestRate: is.whole(1, MOST).exactOptional(),
  requestBurst: is.whole(1, MOST).exactOptional(),
};

const byName = <Shape extends z.ZodRawShape>(shape: Shape) =>
  z.record(z.string().regex(is.NAME), z.strictObject(shape));

export const SECTIONS = {
  policy: is.oneOf(POLICY_NAMES).exactOptional(),
  reservations: is.whole(1, MOST).exactOptional(),
  partitions: byName(PARTITION).exactOptional(),
  qos: byName(QOS).exactOptional(),
  accounts: byName(ACCOUNT).exactOptional(),
  /** By host list. */
  nodes: z.record(z.string(), z.strictObject(NODE)).exactOptional(),
  licenses: is.countables.exactOptional(),
  /** By the beginning of the boards' model. */
  power: z.record(z.string().min(1).max(64), z.strictObject(POWER)).exactOptional(),
  retention: z.strictObject(RETENTION).exactOptional(),
  priority: z.strictObject(PRIORITY).exactOptional(),
  limits: z.strictObject(COUNTS).exactOptional(),
  intervals: z.strictObject(INTERVALS).exactOptional(),
  users: z.record(z.string(), is.oneOf(['user', 'operator', 'admin'])).exactOptional(),
};

/** The file of earlier versions: partitions as a list, counts and intervals not in sections. */
const FLAT = {
  ...COUNTS,
  heartbeatMs: INTERVALS_MS.heartbeat,
  silentAfterMs: INTERVALS_MS.silentAfter,
  downAfterMs: INTERVALS_MS.downAfter,
  leaseMs: INTERVALS_MS.lease,
  killMarginMs: INTERVALS_MS.killMargin,
  launchResendMs: INTERVALS_MS.launchResend,
  launchGiveUpMs: INTERVALS_MS.launchGiveUp,
};

export const FILE = z.strictObject({ ...SECTIONS, ...FLAT });
export const FILE_WITH_PARTITION_LIST = z.strictObject({
  ...SECTIONS,
  ...FLAT,
  partitions: z.array(z.strictObject(NAMED_PARTITION)).min(1).max(64),
});

export type FileContents = z.output<typeof FILE>;
export type PartitionContents = z.output<typeof partition>;
