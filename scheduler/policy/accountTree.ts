/** Accounts above and below each other. */
import type { Account } from '../model/configuration.ts';

type Accounts = readonly Account[] | undefined;

/** The account and all it is below, nearest first; empty for one that is not configured. */
export function wayUp(accounts: Accounts, name: string): readonly Account[] {
  const way: Account[] = [];
  let at = accounts?.find((account) => account.name === name);
  while (at && !way.includes(at)) {
    way.push(at);
    const { parent } = at;
    at = parent === undefined ? undefined : accounts?.find((account) => account.name === parent);
  }
  return way;
}

/** The names of the account and of all below it. */
export function subtree(accounts: Accounts, name: string): readonly string[] {
  const names = [name];
  for (const above of names) {
    for (const account of accounts ?? []) if (account.parent === above) names.push(account.name);
  }
  return names;
}
