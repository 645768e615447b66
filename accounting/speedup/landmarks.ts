/**
 * Rank counts worth naming (docs/speedup.md 1.1): fewest time, knee, cost-efficient, target efficiency;
 * in closed form for one model and by integer search on an averaged curve.
 */
import { averageSeconds, type CandidateSet } from './candidates.ts';
import type { Abscissa, Point } from './abscissa.ts';
import type { ModelParameters } from './model.ts';

/** p -> where the models are evaluated for a rank count that may not have been measured. */
export type PointAt = (ranks: number) => Point;

/**
 * Ranks to equivalent processors: the measured ones where there are any, straight lines between
 * them, and beyond the largest its own mean weight per rank.
 */
export function pointFinder(abscissae: readonly Abscissa[]): PointAt {
  const last = abscissae.reduce<Point | undefined>(
    (best, point) => (!best || point.ranks >= best.ranks ? point : best),
    undefined,
  );
  const known = knownCapacities(abscissae);
  const weightPerRank = last ? last.equivalent / last.ranks : 1;
  const serialWeight = last?.serialWeight ?? 1;
  return (ranks) => {
    let below: KnownCapacity = { ranks: 0, equivalent: 0 };
    let above: KnownCapacity | undefined;
    for (const point of known) {
      if (point.ranks > ranks) {
        above = point;
        break;
      }
      below = point;
    }
    const slope = above
      ? (above.equivalent - below.equivalent) / (above.ranks - below.ranks)
      : weightPerRank;
    const equivalent = below.equivalent + slope * (ranks - below.ranks);
    return { ranks, equivalent, serialWeight };
  };
}

type KnownCapacity = { readonly ranks: number; readonly equivalent: number };

function knownCapacities(abscissae: readonly Abscissa[]): readonly KnownCapacity[] {
  const byRanks = new Map<number, number[]>();
  for (const { ranks, equivalent } of abscissae) {
    byRanks.set(ranks, [...(byRanks.get(ranks) ?? []), equivalent]);
  }
  return [...byRanks]
    .map(([ranks, values]) => ({
      ranks,
      equivalent: values.reduce((sum, value) => sum + value, 0) / values.length,
    }))
    .sort((a, b) => a.ranks - b.ranks);
}

/**
 * The p that minimises T p^a for Amdahl and USL, 0 <= a < 1:
 * a = 0 fewest time, 1/2 the knee (S E greatest), 3/4 cost-efficient. Infinite where T p^a falls for ever.
 */
export function leastCostRanks(parameters: ModelParameters, exponent: number): number {
  const { f, kappa } = parameters;
  const a = exponent;
  if (kappa === 0) return a * f > 0 ? ((1 - f) * (1 - a)) / (a * f) : Number.POSITIVE_INFINITY;
  const b = a * (f - kappa);
  const root = Math.sqrt(b * b + 4 * kappa * (1 + a) * (1 - a) * (1 - f));
  return (root - b) / (2 * kappa * (1 + a));
}

/** The largest p with efficiency S/p >= q, 0 < q < 1, for Amdahl and USL. */
export function mostRanksAtEfficiency(parameters: ModelParameters, efficiency: number): number {
  const { f, kappa } = parameters;
  const c = 1 / efficiency - 1;
  if (kappa === 0) return f > 0 ? 1 + c / f : Number.POSITIVE_INFINITY;
  const b = f - kappa;
  return (Math.sqrt(b * b + 4 * kappa * (f + c)) - b) / (2 * kappa);
}

export type Landmark = {
  readonly ranks: number;
  readonly seconds: number;
  readonly efficiency: number;
  /** The search ended at its limit: the true value may be larger. */
  readonly atLimit: boolean;
};

export type Search = {
  readonly set: CandidateSet;
  readonly pointAt: PointAt;
  readonly t1S: number;
  /** Largest measured rank count. */
  readonly largestRanks: number;
  /** Predictions end here: twice the largest. */
  readonly limitRanks: number;
};

const MOST_TRIED = 4096;

/** The rank counts that searches try: all up to 4096; beyond, as many at equal ratios. */
export function rankGrid(limitRanks: number): readonly number[] {
  if (limitRanks <= MOST_TRIED) return Array.from({ length: limitRanks }, (_, index) => index + 1);
  const grid = new Set<number>();
  for (let step = 0; step < MOST_TRIED; step++) {
    grid.add(Math.round(limitRanks ** (step / (MOST_TRIED - 1))));
  }
  return [...grid];
}

/** Integer search on the averaged curve for the least T P^a, 1 <= p <= limit; ties to fewer ranks. */
export function searchLeastCost(search: Search, exponent: number): Landmark {
  let best = 1;
  let bestCost = Number.POSITIVE_INFINITY;
  for (const ranks of rankGrid(search.limitRanks)) {
    const point = search.pointAt(ranks);
    const cost =
      Math.log(averageSeconds(search.set, point)) + exponent * Math.log(point.equivalent);
    if (cost < bestCost - 1e-12) {
      best = ranks;
      bestCost = cost;
    }
  }
  return landmarkAt(search, best);
}

function landmarkAt(search: Search, ranks: number): Landmark {
  const point = search.pointAt(ranks);
  const seconds = averageSeconds(search.set, point);
  return {
    ranks,
    seconds,
    efficiency: search.t1S / (seconds * point.equivalent),
    atLimit: ranks === search.limitRanks,
  };
}
