/**
 * Multifactor priority, as Slurm's plugin of that name: age, size, partition, QoS and fair-share,
 * each 0 to 1 in whole millionths times its weight, less the job's nice. Whole numbers throughout, so
 * that every machine orders the queue alike.
 */
import { accountUseKey } from '../model/accountUse.ts';
import type { ClusterView } from '../model/cluster.ts';
import type { Job } from '../model/job.ts';
import { DAY_MS } from '../model/time.ts';
import type { TimeMs } from '../model/time.ts';
import { fairShareFactors } from './fairShare.ts';
import { coresWanted } from './limits.ts';

/** Points, rounded down; `priority` is their sum less `nice`. */
export type PriorityTerms = {
  readonly age: number;
  readonly size: number;
  readonly partition: number;
  readonly qos: number;
  readonly fairShare: number;
  readonly nice: number;
  readonly priority: number;
};

const SCALE = 1_000_000;

/** Reads what all jobs share once; the answer is for pending jobs, at `atMs`. */
export function prioritiser(view: ClusterView, atMs: TimeMs): (job: Job) => PriorityTerms {
  const { priority: weights = {}, partitions, qos = [] } = view.settings;
  const tiers = new Map(partitions.map(({ name, tier = 1 }) => [name, tier]));
  const highestTier = Math.max(1, ...tiers.values());
  const qosPriority = new Map(qos.map(({ name, priority = 0 }) => [name, priority]));
  const shares = weights.fairShare ? fairShareFactors(view, atMs) : new Map<string, number>();
  const maxAgeMs = weights.maxAgeMs ?? 7 * DAY_MS;
  const cores = weights.size ? coresOf(view) : 0;
  return (job) => {
    const { request, state } = job;
    const { account, partition } = request;
    const agedMs = state.kind === 'pending' ? Math.max(0, atMs - state.eligibleMs) : 0;
    const size = fraction(coresWanted(request), cores);
    const terms = {
      age: points(weights.age, fraction(agedMs, maxAgeMs)),
      size: points(weights.size, weights.favourSmall ? SCALE - size : size),
      partition: points(weights.partition, fraction(tiers.get(partition) ?? 1, highestTier)),
      qos: points(weights.qos, Math.min(SCALE, qosPriority.get(request.qos ?? '') ?? 0)),
      fairShare: points(
        weights.fairShare,
        shares.get(accountUseKey({ account, user: job.user })) ?? SCALE,
      ),
      nice: request.nice ?? 0,
    };
    const { nice, ...added } = terms;
    const priority = Object.values(added).reduce((sum, value) => sum + value, -nice);
    return { ...terms, priority };
  };
}

/** Whole millionths of `part` in `whole`, at most 1. */
const fraction = (part: number, whole: number): number =>
  whole <= 0 ? 0 : Math.min(SCALE, Math.floor((part * SCALE) / whole));

const points = (weight = 0, factor: number): number => Math.floor((weight * factor) / SCALE);

function coresOf(view: ClusterView): number {
  let cores = 0;
  for (const { facts } of view.nodes.values()) cores += facts.cores.length;
  return cores;
}
