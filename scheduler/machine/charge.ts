/** An attempt is over: what it took counts in the fair-share of its account and user. */
import { decayUsage } from '../../accounting/fairshareDecay.ts';
import { accountUseKey } from '../model/accountUse.ts';
import type { Cluster } from '../model/cluster.ts';
import type { Job } from '../model/job.ts';
import { suspendedMsOf } from '../model/suspension.ts';
import type { TimeMs } from '../model/time.ts';
import { halfLifeMs } from '../policy/fairShare.ts';

/** `usageFactor` is the fact's own: the QoS may have another by the time of a replay. */
export function chargeAttempt(
  cluster: Cluster,
  job: Job,
  { atMs, usageFactor = 1 }: { readonly atMs: TimeMs; readonly usageFactor?: number | undefined },
): void {
  if (job.state.kind !== 'active') return;
  const { parts, startedMs } = job.state.attempt;
  const cores = parts.reduce((sum, part) => sum + part.cores.length, 0);
  const ranMs = Math.max(0, atMs - startedMs - suspendedMsOf(job.state.attempt, atMs));
  const taken = Math.round(cores * ranMs * usageFactor);
  const whose = { account: job.request.account, user: job.user };
  const key = accountUseKey(whose);
  const before = cluster.accountUse.get(key);
  const elapsedMs = before ? atMs - before.atMs : 0;
  const kept = decayUsage(before?.coreMs ?? 0, {
    elapsedMs,
    halfLifeMs: halfLifeMs(cluster.settings),
  });
  cluster.accountUse.set(key, { ...whose, coreMs: kept + taken, atMs });
}
