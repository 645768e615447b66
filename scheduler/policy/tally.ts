/** What limits count of a job, and under which names. */
import type { Job } from '../model/job.ts';
import type { Tally } from '../model/lookup.ts';
import type { JobRequest } from '../model/request.ts';

/** Names hold no control characters, so that two of them never make a third. */
export const tallyKey = {
  account: (account: string): string => `account\n${account}`,
  accountUser: (account: string, user: string): string => `accountUser\n${account}\n${user}`,
  qos: (qos: string): string => `qos\n${qos}`,
  qosUser: (qos: string, user: string): string => `qosUser\n${qos}\n${user}`,
};

export function tallyKeys({ user, request }: Pick<Job, 'user' | 'request'>): readonly string[] {
  const { account, qos } = request;
  const keys = [tallyKey.account(account), tallyKey.accountUser(account, user)];
  if (qos !== undefined) keys.push(tallyKey.qos(qos), tallyKey.qosUser(qos, user));
  return keys;
}

export function tallyOf({ state, pendingTasks }: Job): Tally {
  if (state.kind === 'pending') {
    return { submitted: Math.max(1, pendingTasks.length), running: 0, cores: 0 };
  }
  const cores = state.attempt.parts.reduce((sum, part) => sum + part.cores.length, 0);
  return { submitted: 1, running: 1, cores };
}

export const tasksOf = (request: Pick<JobRequest, 'array'>): number =>
  request.array?.indexes.length ?? 1;

/** Who has jobs in which account, from the keys of tallies. */
export function usersByAccount(keys: Iterable<string>): Map<string, Set<string>> {
  const users = new Map<string, Set<string>>();
  for (const key of keys) {
    const [kind, account = '', user = ''] = key.split('\n');
    if (kind !== 'accountUser') continue;
    const known = users.get(account);
    if (known) known.add(user);
    else users.set(account, new Set([user]));
  }
  return users;
}
