/** Who may use which partition, account and QoS, and what becomes of those that may no longer. */
import type { Settings } from '../model/cluster.ts';
import type { Account, Partition } from '../model/configuration.ts';
import type { UserName } from '../model/ids.ts';
import type { Job } from '../model/job.ts';
import type { PendingReason } from '../model/reason.ts';
import type { Refusal } from '../model/refusal.ts';
import type { JobRequest } from '../model/request.ts';
import { wayUp } from './accountTree.ts';
import { limitRules } from './limits.ts';

type Asked = { readonly user: UserName; readonly request: JobRequest };

const partitionOf = (settings: Settings, { request }: Asked): Partition | undefined =>
  settings.partitions.find(({ name }) => name === request.partition);

/** Why this user may not submit this request, if it may not. */
export function refuseAccess(settings: Settings, asked: Asked): Refusal | undefined {
  return (
    refuseAccount(settings, asked) ?? refuseQos(settings, asked) ?? refusePartition(settings, asked)
  );
}

function refuseAccount(settings: Settings, { user, request }: Asked): Refusal | undefined {
  const { accounts } = settings;
  const { account } = request;
  if (!accounts || accounts.length === 0) return undefined;
  const yours = accounts.filter((each) => admits(accounts, each.name, user));
  const names = yours.map(({ name }) => name).join(', ');
  if (!accounts.some(({ name }) => name === account)) {
    return { code: 'unknownAccount', account, yours: names };
  }
  const mine = yours.some(({ name }) => name === account);
  return mine ? undefined : { code: 'accountNotYours', account, user, yours: names };
}

/** Named in the account, or in none of those on its way up while one on it names nobody at all. */
function admits(accounts: readonly Account[], account: string, user: UserName): boolean {
  const naming = wayUp(accounts, account).find(({ users }) => users !== undefined);
  return naming?.users?.includes(user) ?? true;
}

function refuseQos({ qos = [] }: Settings, { request }: Asked): Refusal | undefined {
  const { qos: wanted } = request;
  if (wanted === undefined || qos.some(({ name }) => name === wanted)) return undefined;
  return { code: 'unknownQos', qos: wanted, known: qos.map(({ name }) => name).join(', ') };
}

function refusePartition(settings: Settings, asked: Asked): Refusal | undefined {
  const partition = partitionOf(settings, asked);
  if (!partition) return undefined;
  const { name, state = 'up', maxNodes } = partition;
  if (state === 'drain' || state === 'inactive') {
    return { code: 'partitionClosed', partition: name, state };
  }
  const nodes = asked.request.nodes?.least ?? 1;
  if (maxNodes !== undefined && nodes > maxNodes) {
    return { code: 'partitionNodeLimit', partition: name, nodes, limit: maxNodes };
  }
  const out = outsider(partition, asked);
  return out && { code: 'notAllowedIn', partition: name, ...out };
}

type Outsider = {
  readonly what: 'user' | 'account' | 'QoS';
  readonly name: string;
  /** Empty when only some are shut out. */
  readonly allowed: string;
};

/** Which of the three is not let into the partition. */
function outsider(partition: Partition, { user, request }: Asked): Outsider | undefined {
  const { allowUsers, allowAccounts, denyAccounts, allowQos } = partition;
  const { account, qos = '' } = request;
  const list = (names: readonly string[] | undefined): string => (names ?? []).join(', ');
  if (allowUsers && !allowUsers.includes(user)) {
    return { what: 'user', name: user, allowed: list(allowUsers) };
  }
  if (denyAccounts?.includes(account) || (allowAccounts && !allowAccounts.includes(account))) {
    return { what: 'account', name: account, allowed: list(allowAccounts) };
  }
  if (allowQos && !allowQos.includes(qos)) {
    return { what: 'QoS', name: qos, allowed: list(allowQos) };
  }
  return undefined;
}

const OUTSIDER_REASONS = {
  user: 'UserNotAllowed',
  account: 'AccountNotAllowed',
  QoS: 'QOSNotAllowed',
} as const;

/** Why a waiting job may not start in its partition as it is configured by now. */
export function closedPartition(settings: Settings, job: Job): PendingReason | undefined {
  const found = partitionOf(settings, job);
  const { partition } = job.request;
  if (!found) return { kind: 'PartitionInactive', partition };
  const { state, maxTimeMs, maxNodes } = found;
  if (state === 'down') return { kind: 'PartitionDown', partition };
  if (state === 'inactive') return { kind: 'PartitionInactive', partition };
  const timeMs = job.request.timeLimitMs || Infinity;
  if (maxTimeMs > 0 && (job.request.minTimeMs ?? timeMs) > maxTimeMs) {
    return { kind: 'PartitionTimeLimit', wanted: timeMs, limit: maxTimeMs, partition };
  }
  const nodes = job.request.nodes?.least ?? 1;
  if (maxNodes !== undefined && nodes > maxNodes) {
    return { kind: 'PartitionNodeLimit', wanted: nodes, limit: maxNodes, partition };
  }
  const out = outsider(found, job);
  return out && { kind: OUTSIDER_REASONS[out.what], partition };
}

/** What the request leaves open is said by the configuration: account, QoS and most nodes. */
export function withDefaults(
  settings: Settings,
  { user, request }: Asked,
  named: { readonly account: boolean },
): JobRequest {
  const { accounts = [], partitions } = settings;
  const partition = partitions.find(({ name }) => name === request.partition);
  const first = accounts.find(
    ({ name, users }) => users?.includes(user) && admits(accounts, name, user),
  );
  const any = first ?? accounts.find(({ name }) => admits(accounts, name, user));
  const account = named.account ? request.account : (any?.name ?? request.account);
  const qos = request.qos ?? partition?.qos;
  const filled = { ...request, account, ...(qos !== undefined && { qos }) };
  const mostNodes = Math.min(
    partition?.maxNodes ?? Infinity,
    nodesPerJob(settings, { user, request: filled }),
  );
  const { least, most } = request.nodes ?? { least: 1, most: Infinity };
  if (mostNodes >= most || least > mostNodes) return filled;
  return { ...filled, nodes: { least, most: mostNodes } };
}

const nodesPerJob = (settings: Settings, asked: Asked): number =>
  limitRules(settings, asked)
    .filter(({ of }) => of === 'maxNodesPerJob')
    .reduce((least, { limit }) => Math.min(least, limit), Infinity);
