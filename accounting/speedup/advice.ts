/**
 * What the fit lets us recommend: the ceiling, the cost-efficient and knee rank counts and where more
 * ranks begin to slow the program down (docs/speedup.md 1.3 steps 4 and 6).
 */
import type { Interval } from './candidates.ts';
import { type Landmark, type Search, searchLeastCost } from './landmarks.ts';
import { peakInterval, profileInterval, valueOf } from './profile.ts';

export type Advice = {
  /** 1/f: undefined speedup when f is 0; `high` undefined when f_lo is 0 ("at least low"). */
  readonly ceiling: {
    readonly speedup: number | undefined;
    readonly low: number | undefined;
    readonly high: number | undefined;
  };
  /** argmin T P^a, a = the target efficiency. */
  readonly costEfficient: Landmark & { readonly exponent: number };
  /** argmin T P^(1/2): S E is greatest. */
  readonly knee: Landmark;
  /** Fewest time, only when a model with growing cost wins and its peak lies within reach. */
  readonly peak: (Landmark & { readonly interval: Interval }) | undefined;
};

const DEFAULT_TARGET = 0.75;
const KNEE = 0.5;

export function adviceOf(
  search: Search,
  options: { readonly targetEfficiency?: number | undefined; readonly level: number },
): Advice {
  const exponent = options.targetEfficiency ?? DEFAULT_TARGET;
  return {
    ceiling: ceilingOf(search, options.level),
    costEfficient: { ...searchLeastCost(search, exponent), exponent },
    knee: searchLeastCost(search, KNEE),
    peak: peakOf(search, options.level),
  };
}

/** S at infinitely many ranks: T tends to T1 f / w0. Amdahl's, whatever else also grows. */
function ceilingOf(search: Search, level: number): Advice['ceiling'] {
  const { set } = search;
  const interval = profileInterval(set, set.headline, { quantity: 'f', level });
  const { serialWeight } = search.pointAt(search.largestRanks);
  const inverse = (f: number | undefined): number | undefined =>
    f !== undefined && f > 1e-9 ? serialWeight / f : undefined;
  return {
    speedup: inverse(set.headline.parameters.f),
    low: inverse(interval?.high),
    high: inverse(interval?.low),
  };
}

function peakOf(search: Search, level: number): Advice['peak'] {
  const { headline } = search.set;
  const at = search.pointAt(search.largestRanks);
  const weightPerRank = at.equivalent / at.ranks;
  const own = valueOf(headline, 'peak', weightPerRank);
  if (own === undefined || own > search.limitRanks) return undefined;
  const interval = peakInterval(search.set, headline, { level, weightPerRank });
  const found = searchLeastCost(search, 0);
  if (found.atLimit) return undefined;
  const low = Math.min(interval?.low ?? own, found.ranks);
  const high = Math.max(interval?.high ?? own, found.ranks);
  return { ...found, interval: { low, high } };
}
