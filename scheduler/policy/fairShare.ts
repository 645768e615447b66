/** Who has used how much of his share, for everybody who used, waits or is named in an account. */
import type { Association, FairShareRow } from '../../accounting/fairshare.ts';
import { fairShareRows } from '../../accounting/fairshare.ts';
import { decayUsage } from '../../accounting/fairshareDecay.ts';
import { accountUseKey } from '../model/accountUse.ts';
import type { ClusterView, Settings } from '../model/cluster.ts';
import type { Account } from '../model/configuration.ts';
import { userName } from '../model/ids.ts';
import type { Job } from '../model/job.ts';
import { DAY_MS } from '../model/time.ts';
import type { TimeMs } from '../model/time.ts';
import { usersByAccount } from './tally.ts';

export const halfLifeMs = ({ priority }: Settings): number => priority?.halfLifeMs ?? 7 * DAY_MS;

/** Of its QoS; nothing when that is 1. */
export function usageFactorOf(
  { qos = [] }: Settings,
  { request }: Job,
): { readonly usageFactor?: number } {
  const usageFactor = qos.find(({ name }) => name === request.qos)?.usageFactor ?? 1;
  return usageFactor === 1 ? {} : { usageFactor };
}

/** Rows of accounts and users in the order of the tree; usage in core-milliseconds as of now. */
export function fairShare(view: ClusterView, atMs: TimeMs): readonly FairShareRow[] {
  const users = usersByAccount(view.lookup.tallies.keys());
  const add = (account: string, user: string): void => {
    const known = users.get(account);
    if (known) known.add(user);
    else users.set(account, new Set([user]));
  };
  for (const { account, user } of view.accountUse.values()) add(account, user);
  for (const { name, users: named = [] } of view.settings.accounts ?? []) {
    for (const user of named) add(name, user);
  }
  const accounts = accountsWith(view.settings.accounts ?? [], users.keys());
  return fairShareRows(membersOf(undefined, accounts, (account) => leaves(account)));

  function leaves(account: string): readonly Association[] {
    return [...(users.get(account) ?? [])].sort().map((user) => ({
      kind: 'user',
      name: user,
      shares: 1,
      usage: usedNow(view, { account, user, atMs }),
    }));
  }
}

/** Accounts that are not configured stand below the root with one share. */
function accountsWith(configured: readonly Account[], names: Iterable<string>): readonly Account[] {
  const known = new Set(configured.map(({ name }) => name));
  const others = [...names].filter((name) => !known.has(name)).sort();
  return [...configured, ...others.map((name) => ({ name }))];
}

function membersOf(
  parent: string | undefined,
  accounts: readonly Account[],
  leaves: (account: string) => readonly Association[],
): readonly Association[] {
  return accounts
    .filter((account) => account.parent === parent)
    .map(({ name, shares = 1 }) => ({
      kind: 'account',
      name,
      shares,
      members: [...membersOf(name, accounts, leaves), ...leaves(name)],
    }));
}

function usedNow(
  view: ClusterView,
  {
    account,
    user,
    atMs,
  }: { readonly account: string; readonly user: string; readonly atMs: TimeMs },
): number {
  const use = view.accountUse.get(accountUseKey({ account, user: userName(user) }));
  if (!use) return 0;
  const elapsedMs = Math.max(0, atMs - use.atMs);
  return decayUsage(use.coreMs, { elapsedMs, halfLifeMs: halfLifeMs(view.settings) });
}

/** Millionths by account and user: 1,000,000 goes first. */
export function fairShareFactors(view: ClusterView, atMs: TimeMs): ReadonlyMap<string, number> {
  const factors = new Map<string, number>();
  for (const { account, user, factorMillionths = 0 } of fairShare(view, atMs)) {
    if (user === undefined) continue;
    factors.set(accountUseKey({ account, user: userName(user) }), factorMillionths);
  }
  return factors;
}
