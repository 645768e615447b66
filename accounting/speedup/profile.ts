/**
 * Profile intervals (speedup.md 1.3 step 4): all values of a quantity for which
 * SSR(value) - SSR <= s^2 F(level; 1, G - k), s^2 = SSR / (G - k), on the means per abscissa and
 * bounded at 0. On the means, because what varies between rank counts (placement, heat) is not
 * averaged away by repeating a run.
 */
import { fQuantileOneDf } from '../numeric/studentT.ts';
import type { CandidateFit, CandidateSet, Interval } from './candidates.ts';
import { fitLogResiduals } from './fit.ts';
import { columnsOf, type Profiled, profileTerms } from './model.ts';

const LARGEST = 1e12;

/** Undefined when G - k < 1 or when the model does not hold the quantity. */
export function profileInterval(
  set: CandidateSet,
  candidate: CandidateFit,
  wanted: { readonly quantity: Profiled; readonly level: number },
): Interval | undefined {
  const best = valueOf(candidate, wanted.quantity, 1);
  if (best === undefined || candidate.degreesOfFreedom < 1) return undefined;
  return around(best, excessOf(set, candidate, { ...wanted, weightPerRank: 1 }), {
    low: 0,
    high: wanted.quantity === 'f' ? 1 : LARGEST,
  });
}

/** Interval of the rank count of least time, `low` at 1 and `high` possibly infinite. */
export function peakInterval(
  set: CandidateSet,
  candidate: CandidateFit,
  options: { readonly level: number; readonly weightPerRank: number },
): Interval | undefined {
  const best = valueOf(candidate, 'peak', options.weightPerRank);
  if (best === undefined || candidate.degreesOfFreedom < 1) return undefined;
  const excess = excessOf(set, candidate, { quantity: 'peak', ...options });
  const { low, high } = around(best, excess, { low: 1, high: LARGEST });
  return { low, high: high >= LARGEST ? Number.POSITIVE_INFINITY : high };
}

/** The quantity at the best fit. The peak exists only where something grows with p. */
export function valueOf(
  candidate: CandidateFit,
  quantity: Profiled,
  weightPerRank: number,
): number | undefined {
  const { f, lambda, kappa } = candidate.parameters;
  if (quantity === 'f') return f;
  if (quantity === 'lambda') return candidate.model === 'amdahl+log' ? lambda : undefined;
  if (quantity === 'kappa') return candidate.model === 'usl' ? kappa : undefined;
  if (kappa > 0) return Math.max(1, Math.sqrt((1 - f) / (kappa * weightPerRank)));
  if (lambda > 0) return Math.max(1, ((1 - f) * Math.LN2) / (lambda * weightPerRank));
  return undefined;
}

/** Negative inside the interval: SSR(value) - SSR - threshold. */
function excessOf(
  set: CandidateSet,
  candidate: CandidateFit,
  wanted: {
    readonly quantity: Profiled;
    readonly level: number;
    readonly weightPerRank: number;
  },
): (value: number) => number {
  const { ssr } = candidate.fit;
  const freedom = candidate.degreesOfFreedom;
  const threshold = (ssr / freedom) * fQuantileOneDf(wanted.level, freedom);
  const seconds = set.abscissae.map((abscissa) => abscissa.seconds);
  return (value) => {
    const held = { value, weightPerRank: wanted.weightPerRank };
    const terms = profileTerms(candidate.model, wanted.quantity, held);
    const fit = fitLogResiduals(columnsOf(terms, set.abscissae), seconds);
    return fit ? fit.ssr - ssr - threshold : Number.POSITIVE_INFINITY;
  };
}

function around(
  best: number,
  excess: (value: number) => number,
  bounds: { readonly low: number; readonly high: number },
): Interval {
  const low = excess(bounds.low) <= 0 ? bounds.low : crossing(excess, best, bounds.low);
  let inside = best;
  let outside = Math.min(bounds.high, Math.max(2 * best, best + 1e-6));
  while (outside < bounds.high && excess(outside) <= 0) {
    inside = outside;
    outside = Math.min(bounds.high, outside * 2);
  }
  const high = excess(outside) <= 0 ? outside : crossing(excess, inside, outside);
  return { low, high };
}

/** Bisection between a value inside the interval and one outside, to 1e-10 of the distance. */
function crossing(excess: (value: number) => number, inside: number, outside: number): number {
  let [kept, rejected] = [inside, outside];
  for (let step = 0; step < 36; step++) {
    const middle = (kept + rejected) / 2;
    if (excess(middle) <= 0) kept = middle;
    else rejected = middle;
  }
  return kept;
}
