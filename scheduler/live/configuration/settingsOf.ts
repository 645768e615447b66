/** The contents of the file, with defaults filled in, as the scheduler knows them. */
import { expandHostlist } from '../../../cli/format/hostlist.ts';
import type { Settings } from '../../model/cluster.ts';
import type { Partition, PriorityWeights } from '../../model/configuration.ts';
import type { Limits } from '../../model/limit.ts';
import { DEFAULT_SETTINGS } from '../../model/defaultSettings.ts';
import { DAY_MS } from '../../model/time.ts';
import type { FileContents, PartitionContents } from './sections.ts';

/** Reserving for more waiting jobs than this costs time and changes little. */
const RESERVATIONS = 500;
const LONGEST_MS = 30 * DAY_MS;

export function settingsOf(contents: FileContents): Settings {
  const { policy, reservations, licenses, priority, users } = contents;
  const { qos, accounts, nodes, power, retention } = contents;
  const partitions = Object.entries(contents.partitions ?? {});
  return {
    ...DEFAULT_SETTINGS,
    ...counts(contents),
    ...intervals(contents),
    partitions:
      partitions.length > 0
        ? partitions.map(([name, partition]) => partitionOf(name, partition))
        : DEFAULT_SETTINGS.partitions.map((partition) => ({ ...partition })),
    policy: policy ?? DEFAULT_SETTINGS.policy ?? 'backfill',
    reservations: reservations ?? RESERVATIONS,
    ...(qos && { qos: Object.entries(qos).map(([name, each]) => ({ name, ...qosOf(each) })) }),
    ...(accounts && {
      accounts: Object.entries(accounts).map(([name, each]) => accountOf(name, each)),
    }),
    ...(nodes && { nodes: Object.entries(nodes).map(([list, each]) => nodesOf(list, each)) }),
    ...(licenses && { licenses }),
    ...(power && { power: Object.entries(power).map(([name, each]) => powerOf(name, each)) }),
    ...(retention && { retention: retentionOf(retention) }),
    ...(priority && { priority: weightsOf(priority) }),
    ...(users && { roles: rolesOf(users) }),
  };
}

function counts({ limits = {}, ...flat }: FileContents) {
  const named = <T>(key: string, value: T | undefined) =>
    value === undefined ? {} : { [key]: value };
  return {
    ...named('maxLiveJobs', limits.maxLiveJobs ?? flat.maxLiveJobs),
    ...named('maxArrayTasks', limits.maxArrayTasks ?? flat.maxArrayTasks),
    ...named('maxMissedRuns', limits.maxMissedRuns ?? flat.maxMissedRuns),
    ...named('requeueLimit', limits.requeueLimit ?? flat.requeueLimit),
    ...named('requestRate', limits.requestRate ?? flat.requestRate),
    ...named('requestBurst', limits.requestBurst ?? flat.requestBurst),
  };
}

function intervals({ intervals: given = {}, ...flat }: FileContents) {
  const {
    heartbeatMs,
    silentAfterMs,
    downAfterMs,
    leaseMs,
    killMarginMs,
    launchResendMs,
    launchGiveUpMs,
  } = DEFAULT_SETTINGS;
  return {
    heartbeatMs: given.heartbeat ?? flat.heartbeatMs ?? heartbeatMs,
    silentAfterMs: given.silentAfter ?? flat.silentAfterMs ?? silentAfterMs,
    downAfterMs: given.downAfter ?? flat.downAfterMs ?? downAfterMs,
    leaseMs: given.lease ?? flat.leaseMs ?? leaseMs,
    killMarginMs: given.killMargin ?? flat.killMarginMs ?? killMarginMs,
    launchResendMs: given.launchResend ?? flat.launchResendMs ?? launchResendMs,
    launchGiveUpMs: given.launchGiveUp ?? flat.launchGiveUpMs ?? launchGiveUpMs,
  };
}

function partitionOf(name: string, contents: PartitionContents): Partition {
  const { maxTime, maxTimeMs, defaultTime, grace, ...rest } = contents;
  return {
    name,
    maxTimeMs: maxTime ?? maxTimeMs ?? LONGEST_MS,
    ...rest,
    ...(defaultTime && { defaultTimeMs: defaultTime }),
    ...(grace !== undefined && { graceMs: grace }),
  };
}

type LimitContents = NonNullable<NonNullable<FileContents['qos']>[string]['group']>;

/** A time limit of 0 is none. */
const limitsOf = ({ maxTime, ...rest }: LimitContents): Limits => ({
  ...rest,
  ...(maxTime && { maxTimeMs: maxTime }),
});

const limited = (each: { readonly group?: LimitContents; readonly perUser?: LimitContents }) => ({
  ...(each.group && { group: limitsOf(each.group) }),
  ...(each.perUser && { perUser: limitsOf(each.perUser) }),
});

function qosOf(contents: NonNullable<FileContents['qos']>[string]) {
  const { grace, group: _, perUser: __, ...rest } = contents;
  return { ...rest, ...limited(contents), ...(grace !== undefined && { graceMs: grace }) };
}

function accountOf(name: string, contents: NonNullable<FileContents['accounts']>[string]) {
  const { parent, group: _, perUser: __, ...rest } = contents;
  const below = parent === undefined || parent === 'root' ? {} : { parent };
  return { name, ...below, ...rest, ...limited(contents) };
}

function nodesOf(list: string, contents: NonNullable<FileContents['nodes']>[string]) {
  const { memory, ...rest } = contents;
  const names = expandHostlist(list);
  return {
    names: names.ok ? names.value : [],
    ...rest,
    ...(memory !== undefined && { memoryBytes: memory }),
  };
}

function powerOf(name: string, contents: NonNullable<FileContents['power']>[string]) {
  const { idle, full, overhead, ...rest } = contents;
  return {
    name,
    idleW: idle,
    fullW: full,
    ...rest,
    ...(overhead !== undefined && { overheadW: overhead }),
  };
}

const retentionOf = ({ jobs, files }: NonNullable<FileContents['retention']>) => ({
  ...(jobs !== undefined && { jobsMs: jobs }),
  ...(files !== undefined && { filesMs: files }),
});

function weightsOf(contents: NonNullable<FileContents['priority']>): PriorityWeights {
  const { maxAge, halfLife, ...rest } = contents;
  return {
    ...rest,
    ...(maxAge !== undefined && { maxAgeMs: maxAge }),
    ...(halfLife !== undefined && { halfLifeMs: halfLife }),
  };
}

/** Plain users need no entry. */
function rolesOf(users: NonNullable<FileContents['users']>): NonNullable<Settings['roles']> {
  const roles: Record<string, 'operator' | 'admin'> = {};
  for (const [user, role] of Object.entries(users)) if (role !== 'user') roles[user] = role;
  return roles;
}
