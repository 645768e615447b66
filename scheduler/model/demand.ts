/** What a request asks of nodes and of time, without what the planner never reads. */
import type { JobRequest } from './request.ts';

export type Demand = {
  readonly request: JobRequest;
  /** Equal for requests that ask alike: what holds for one holds for all. */
  readonly key: string;
  /** At least so many, on all its nodes together. */
  readonly cores: number;
  /** Infinity without a time limit. */
  readonly durationMs: number;
  /** The shortest time it would start with. */
  readonly leastMs: number;
  /** Single cores without memory, wherever they are: for such the count of free cores says all. */
  readonly plain: boolean;
};

const known = new WeakMap<JobRequest, Demand>();

/** Kept with the request, since every pass asks again. */
export function demandOf(request: JobRequest): Demand {
  const before = known.get(request);
  if (before) return before;
  const { ranks, coresPerRank, timeLimitMs } = request;
  const cores = ranks * coresPerRank;
  const durationMs = timeLimitMs || Infinity;
  const wishes = wishesOf(request);
  const demand = {
    request,
    key: `${cores}/${durationMs}/${request.partition}${wishes}`,
    cores,
    durationMs,
    leastMs: Math.min(durationMs, request.minTimeMs ?? durationMs),
    plain: wishes === '',
  };
  known.set(request, demand);
  return demand;
}

/** All that makes one core differ from another, as text. */
function wishesOf(request: JobRequest): string {
  const { coresPerRank, memoryPerRankBytes, nodes, ranksPerNode, exclusive, constraint } = request;
  const { gres, licenses, distribution, contiguous, uniform, minTimeMs, reservation } = request;
  const plain =
    coresPerRank === 1 &&
    memoryPerRankBytes === 0 &&
    !(nodes ?? ranksPerNode ?? constraint ?? minTimeMs ?? reservation ?? distribution) &&
    !(exclusive || contiguous || uniform || gres?.length || licenses?.length);
  if (plain) return '';
  const wishes = [coresPerRank, memoryPerRankBytes, nodes, ranksPerNode, exclusive, constraint];
  return JSON.stringify([
    ...wishes,
    [gres, licenses, distribution, contiguous, uniform, minTimeMs, reservation],
  ]);
}
