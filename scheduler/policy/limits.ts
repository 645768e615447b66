/**
 * The limits of QoS and accounts. Those that a job can never meet refuse it when it is submitted;
 * those on what runs together make it wait, and the pass looks past it to other jobs.
 */
import type { ClusterView, Settings } from '../model/cluster.ts';
import { leastRanks } from '../model/demand.ts';
import type { UserName } from '../model/ids.ts';
import type { Job } from '../model/job.ts';
import type { Excess, LimitHolder, Limits } from '../model/limit.ts';
import { LIMIT_NAMES } from '../model/limit.ts';
import type { JobRequest } from '../model/request.ts';
import { MINUTE_MS } from '../model/time.ts';
import { subtree, wayUp } from './accountTree.ts';
import { leastCores } from './largest.ts';
import { tallyKey, tallyKeys, tasksOf } from './tally.ts';

/** One number that may not be exceeded, and the sums it binds together. */
export type LimitRule = {
  readonly name: Excess['kind'];
  readonly of: keyof Limits;
  readonly limit: number;
  readonly whose: string;
  readonly tallies: readonly string[];
};

export type Owner = {
  readonly user: UserName;
  readonly request: Pick<JobRequest, 'account' | 'qos'>;
};

export const hasLimits = ({ qos, accounts }: Settings): boolean =>
  [...(qos ?? []), ...(accounts ?? [])].some(({ group, perUser }) => group ?? perUser);

/** All rules that bind the jobs of this user, account and QoS. */
export function limitRules(settings: Settings, { user, request }: Owner): readonly LimitRule[] {
  const rules: LimitRule[] = [];
  const qos = settings.qos?.find(({ name }) => name === request.qos);
  if (qos) {
    const { name, group, perUser } = qos;
    add(rules, group, { holder: 'qosGroup', whose: `QoS ${name}`, tallies: [tallyKey.qos(name)] });
    const tallies = [tallyKey.qosUser(name, user)];
    add(rules, perUser, { holder: 'qosPerUser', whose: `${user} in QoS ${name}`, tallies });
  }
  for (const { name, group, perUser } of wayUp(settings.accounts, request.account)) {
    const below = subtree(settings.accounts, name);
    add(rules, group, {
      holder: 'accountGroup',
      whose: `account ${name}`,
      tallies: below.map(tallyKey.account),
    });
    add(rules, perUser, {
      holder: 'accountPerUser',
      whose: `${user} in account ${name}`,
      tallies: below.map((account) => tallyKey.accountUser(account, user)),
    });
  }
  return rules;
}

function add(
  rules: LimitRule[],
  limits: Limits | undefined,
  from: {
    readonly holder: LimitHolder;
    readonly whose: string;
    readonly tallies: readonly string[];
  },
): void {
  const { holder, whose, tallies } = from;
  const names = LIMIT_NAMES[holder];
  for (const of of Object.keys(names) as (keyof Limits)[]) {
    const limit = limits?.[of];
    if (limit !== undefined) rules.push({ name: names[of], of, limit, whose, tallies });
  }
}

export const coresWanted = (request: JobRequest): number =>
  leastRanks(request) * request.coresPerRank;

/** How much of what `of` limits the job takes when it starts on so many cores, in the limit's unit. */
export function wantedOf(of: keyof Limits, request: JobRequest, cores: number): number {
  switch (of) {
    case 'maxRunningJobs':
      return 1;
    case 'maxSubmittedJobs':
    case 'maxArrayTasks':
      return tasksOf(request);
    case 'maxCores':
    case 'maxCoresPerJob':
      return cores;
    case 'maxNodesPerJob':
      return request.nodes?.least ?? 1;
    case 'maxTimeMs':
      return request.timeLimitMs || Infinity;
    case 'maxCoreMinutesRunning':
      return (cores * (request.timeLimitMs || Infinity)) / MINUTE_MS;
  }
}

/** The limit that keeps this request out of the queue: with it too many, or never to be met. */
export function submitExcess(
  view: ClusterView,
  owner: { readonly user: UserName; readonly request: JobRequest; readonly instead?: Job },
): Excess | undefined {
  const own = new Set(owner.instead && tallyKeys(owner.instead));
  const rules = limitRules(view.settings, owner);
  const cores = rules.length > 0 ? leastCores(view, owner.request) : 0;
  for (const rule of rules) {
    const counted = rule.of === 'maxSubmittedJobs';
    if (counted && rule.tallies.some((key) => own.has(key))) continue;
    const used = counted ? submitted(view, rule.tallies) : 0;
    const found = excess(rule, { used, wanted: wantedOf(rule.of, owner.request, cores) });
    if (found) return found;
  }
  return undefined;
}

const submitted = (view: ClusterView, keys: readonly string[]): number =>
  keys.reduce((sum, key) => sum + (view.lookup.tallies.get(key)?.submitted ?? 0), 0);

export function excess(
  { name, of, limit, whose }: LimitRule,
  { used, wanted }: { readonly used: number; readonly wanted: number },
): Excess | undefined {
  return used + wanted <= limit ? undefined : { kind: name, of, used, wanted, limit, whose };
}
