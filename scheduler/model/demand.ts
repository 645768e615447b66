/** What a request asks of nodes and of time, without what the planner never reads. */
import { countsOf } from './constraint.ts';
import type { JobRequest } from './request.ts';

export type Demand = {
  readonly request: JobRequest;
  /** Equal for requests that ask alike: what holds for one holds for all. */
  readonly key: string;
  /** Equal for requests that may use the same nodes. */
  readonly placeKey: string;
  /** At least so many, on all its nodes together. */
  readonly cores: number;
  /** Infinity without a time limit. */
  readonly durationMs: number;
  /** The shortest time it would start with. */
  readonly leastMs: number;
  /** Single cores without memory, wherever they are: for such the count of free cores says all. */
  readonly plain: boolean;
};

/** The fewest ranks with which it would start: a moldable job has one for each of its nodes. */
export function leastRanks(request: JobRequest): number {
  const { ranks, ranksRange, nodes, nodeList, constraint } = request;
  if (!ranksRange) return ranks;
  const counted = constraint ? countsOf(constraint) : [];
  const held = counted.reduce((sum, one) => sum + one.nodes, 0);
  return Math.max(ranksRange.least, nodes?.least ?? 1, held, nodeList?.length ?? 0);
}

const known = new WeakMap<JobRequest, Demand>();
const knownCounts = new WeakMap<JobRequest, Map<number, Demand>>();

/** Of a moldable job what it cannot do without. Kept with the request, since every pass asks again. */
export function demandOf(request: JobRequest): Demand {
  const before = known.get(request);
  if (before) return before;
  const demand = request.ranksRange ? demandAt(request, leastRanks(request)) : demandFor(request);
  known.set(request, demand);
  return demand;
}

/** What a moldable job asks for when it gets so many ranks; any other asks for what it does. */
export function demandAt(request: JobRequest, ranks: number): Demand {
  if (!request.ranksRange) return demandOf(request);
  const counts = knownCounts.get(request) ?? new Map<number, Demand>();
  if (counts.size === 0) knownCounts.set(request, counts);
  const before = counts.get(ranks);
  if (before) return before;
  const demand = demandFor(molded(request, ranks));
  counts.set(ranks, demand);
  return demand;
}

function molded({ ranksRange: _range, ...request }: JobRequest, ranks: number): JobRequest {
  return { ...request, ranks };
}

function demandFor(request: JobRequest): Demand {
  const { ranks, coresPerRank, timeLimitMs } = request;
  const cores = ranks * coresPerRank;
  const durationMs = timeLimitMs || Infinity;
  const wishes = wishesOf(request);
  return {
    request,
    key: `${cores}/${durationMs}/${request.partition}${wishes}`,
    placeKey: placeKeyOf(request),
    cores,
    durationMs,
    leastMs: Math.min(durationMs, request.minTimeMs ?? durationMs),
    plain: wishes === '',
  };
}

const placeKeyOf = ({ partition, constraint, gres, excluded }: JobRequest): string =>
  constraint || gres?.length || excluded?.length
    ? JSON.stringify([partition, constraint, gres, excluded])
    : partition;

/** All that makes one core differ from another, as text. */
function wishesOf(request: JobRequest): string {
  const { coresPerRank, memoryPerRankBytes, nodes, ranksPerNode, exclusive, constraint } = request;
  const { nodeList, excluded } = request;
  const { gres, licenses, distribution, contiguous, uniform, minTimeMs, reservation } = request;
  const plain =
    coresPerRank === 1 &&
    memoryPerRankBytes === 0 &&
    !(nodes ?? ranksPerNode ?? constraint ?? minTimeMs ?? reservation ?? distribution) &&
    !(
      nodeList?.length ||
      excluded?.length ||
      exclusive ||
      contiguous ||
      uniform ||
      gres?.length ||
      licenses?.length
    );
  if (plain) return '';
  const wishes = [coresPerRank, memoryPerRankBytes, nodes, ranksPerNode, exclusive, constraint];
  return JSON.stringify([
    ...wishes,
    [nodeList, excluded],
    [gres, licenses, distribution, contiguous, uniform, minTimeMs, reservation],
  ]);
}
