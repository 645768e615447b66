/**
 * What keeps a job of the queue from starting now, whatever is free: the `%` of its array, limits of
 * its QoS and accounts on what runs, and the state of its partition. One limiter counts along with
 * one pass, which looks past limited jobs.
 */
import type { ClusterView } from '../model/cluster.ts';
import { demandOf } from '../model/demand.ts';
import type { JobId } from '../model/ids.ts';
import type { Job } from '../model/job.ts';
import type { Excess, Limits } from '../model/limit.ts';
import type { PendingReason } from '../model/reason.ts';
import type { JobRequest } from '../model/request.ts';
import { MINUTE_MS } from '../model/time.ts';
import type { TimeMs } from '../model/time.ts';
import { closedPartition } from './access.ts';
import { leastCores } from './largest.ts';
import type { LimitRule } from './limits.ts';
import { coresWanted, excess, hasLimits, limitRules, wantedOf } from './limits.ts';
import { tallyKeys } from './tally.ts';
import { arrayOf, throttled } from './throttle.ts';

export type Limiter = {
  /**
   * Undefined when the job, or the next task of the array, may start as far as limits go: on so many
   * cores, or (undefined) on as few as it can hold.
   */
  limited(job: Job, cores?: number): PendingReason | undefined;
  /** It, or a task of it, starts in this pass. */
  started(job: Job, parts: readonly { readonly cores: readonly number[] }[]): void;
};

type Sum = { running: number; cores: number; coreMs: number };

export function createLimiter(view: ClusterView, atMs: TimeMs): Limiter {
  const tasks = new Map<JobId, number>();
  const limits = hasLimits(view.settings) ? countAlong(view, atMs) : undefined;
  return {
    limited: (job, cores) =>
      throttled(view, job, tasks) ??
      limits?.limited(job, cores) ??
      closedPartition(view.settings, job),
    started: (job, parts) => {
      const array = arrayOf(job);
      if (array !== undefined) tasks.set(array, (tasks.get(array) ?? 0) + 1);
      limits?.started(job, parts);
    },
  };
}

function countAlong(view: ClusterView, atMs: TimeMs): Limiter {
  const startedHere = new Map<string, Sum>();
  const rulesByOwner = new Map<string, readonly LimitRule[]>();
  let runningMs: ReadonlyMap<string, number> | undefined;
  /** Whoever runs as many jobs as he may is through for this pass, in which running sums only grow. */
  const through = new Map<string, Excess>();
  const rulesOf = (job: Job, key: string): readonly LimitRule[] => {
    const known = rulesByOwner.get(key);
    if (known) return known;
    const rules = limitRules(view.settings, job).filter(({ of }) => binds(of));
    rulesByOwner.set(key, rules);
    return rules;
  };
  const least = new Map<string, number>();
  const leastOf = (request: JobRequest): number => {
    if (!request.exclusive) return coresWanted(request);
    const { key } = demandOf(request);
    const cores = least.get(key) ?? leastCores(view, request);
    least.set(key, cores);
    return cores;
  };
  const usedOf = (of: keyof Limits, keys: readonly string[]): number => {
    let used = 0;
    for (const key of keys) {
      const here = startedHere.get(key);
      const tally = view.lookup.tallies.get(key);
      if (of === 'maxRunningJobs') used += (tally?.running ?? 0) + (here?.running ?? 0);
      else if (of === 'maxCores') used += (tally?.cores ?? 0) + (here?.cores ?? 0);
      else if (of === 'maxCoreMinutesRunning') {
        runningMs ??= coreMsRunning(view, atMs);
        used += ((runningMs.get(key) ?? 0) + (here?.coreMs ?? 0)) / MINUTE_MS;
      }
    }
    return used;
  };
  return {
    limited: (job, cores) => {
      const { account, qos = '' } = job.request;
      const key = `${job.user}\n${account}\n${qos}`;
      const full = through.get(key);
      if (full) return full;
      for (const rule of rulesOf(job, key)) {
        const wanted = wantedOf(rule.of, job.request, cores ?? leastOf(job.request));
        const found = excess(rule, { used: usedOf(rule.of, rule.tallies), wanted });
        if (found && rule.of === 'maxRunningJobs') through.set(key, found);
        if (found) return found;
      }
      return undefined;
    },
    started: (job, parts) => {
      const cores = parts.reduce((sum, part) => sum + part.cores.length, 0);
      const coreMs = cores * (job.request.timeLimitMs || Infinity);
      for (const key of tallyKeys(job)) {
        const sum = startedHere.get(key) ?? { running: 0, cores: 0, coreMs: 0 };
        sum.running += 1;
        sum.cores += cores;
        sum.coreMs += coreMs;
        startedHere.set(key, sum);
      }
    },
  };
}

/** The others are for the submit alone. */
const binds = (of: keyof Limits): boolean => of !== 'maxSubmittedJobs' && of !== 'maxArrayTasks';

/** Cores x what is left of the time limit, of all that run, by tally. */
function coreMsRunning(view: ClusterView, atMs: TimeMs): ReadonlyMap<string, number> {
  const sums = new Map<string, number>();
  for (const id of view.lookup.active) {
    const job = view.jobs.get(id);
    if (job?.state.kind !== 'active') continue;
    const { parts, startedMs, limitMs: granted } = job.state.attempt;
    const cores = parts.reduce((sum, part) => sum + part.cores.length, 0);
    const limitMs = (granted ?? job.request.timeLimitMs) || Infinity;
    const coreMs = cores * Math.max(0, startedMs + limitMs - atMs);
    for (const key of tallyKeys(job)) sums.set(key, (sums.get(key) ?? 0) + coreMs);
  }
  return sums;
}
