/**
 * Cores shared among accounts by their shares, and within an account among its users alike: a job
 * comes first whose account, and then whose user, would hold the least for its weight with it
 * (weighted fair queueing, Demers, Keshav and Shenker 1989, with cores in the place of packets).
 */
import type { ClusterView } from '../model/cluster.ts';
import type { JobId } from '../model/ids.ts';
import type { Job } from '../model/job.ts';
import type { TimeMs } from '../model/time.ts';

export function weightedOrder(
  view: ClusterView,
  _atMs: TimeMs,
  ids: readonly JobId[],
): readonly JobId[] {
  const shares = new Map(view.settings.accounts?.map(({ name, shares: own = 1 }) => [name, own]));
  const held = new Map<string, number>();
  const take = (key: string, cores: number): number => {
    const sum = (held.get(key) ?? 0) + cores;
    held.set(key, sum);
    return sum;
  };
  const tagOf = ({ user, request }: Job): { readonly account: number; readonly user: number } => {
    const { account, ranks, coresPerRank } = request;
    const cores = ranks * coresPerRank;
    const sum = take(account, cores);
    return {
      account: sum / Math.max(1, shares.get(account) ?? 1),
      user: take(`${account}/${user}`, cores),
    };
  };
  for (const id of view.lookup.active) {
    const job = view.jobs.get(id);
    if (job) tagOf(job);
  }
  const tags = new Map<JobId, { readonly account: number; readonly user: number }>();
  for (const id of ids) {
    const job = view.jobs.get(id);
    if (job) tags.set(id, tagOf(job));
  }
  const NONE = { account: 0, user: 0 };
  return ids.toSorted((a, b) => {
    const [one, other] = [tags.get(a) ?? NONE, tags.get(b) ?? NONE];
    return one.account - other.account || one.user - other.user;
  });
}
