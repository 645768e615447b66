/**
 * Profile intervals (docs/speedup.md 1.3 step 4): all values of a quantity for which
 * SSR(value) - SSR <= s^2 F(level; 1, G - k), s^2 = SSR / (G - k), on the means per abscissa and
 * bounded at 0. On the means, because what varies between rank counts (placement, heat) is not
 * averaged away by repeating a run. s is never below the error of the times themselves: runs that
 * repeat to a hundred-thousandth still begin and end with what no model holds.
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
  const variance = Math.max(ssr / freedom, set.timeError ** 2);
  const threshold = variance * fQuantileOneDf(wanted.level, freedom);
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
  const lowest = excess(bounds.low);
  const low = lowest <= 0 ? bounds.low : crossing(excess, { inside: best, outside: bounds.low });
  let inside = best;
  let outside = Math.min(bounds.high, Math.max(2 * best, best + 1e-6));
  while (outside < bounds.high && excess(outside) <= 0) {
    inside = outside;
    outside = Math.min(bounds.high, outside * 3);
  }
  const high = excess(outside) <= 0 ? outside : crossing(excess, { inside, outside });
  return { low, high };
}

const PRECISION = 1e-9;

/**
 * Where the excess is 0 between a value inside the interval and one outside: regula falsi with the
 * Illinois step, bisection where that does not shrink the bracket; to 1e-9 of the first bracket.
 */
function crossing(
  excess: (value: number) => number,
  bracket: { readonly inside: number; readonly outside: number },
): number {
  let { inside, outside } = bracket;
  let [insideExcess, outsideExcess] = [excess(inside), excess(outside)];
  const smallest = PRECISION * Math.abs(outside - inside);
  for (let step = 0; step < 80 && Math.abs(outside - inside) > smallest; step++) {
    const width = Math.abs(outside - inside);
    const share = insideExcess / (insideExcess - outsideExcess);
    const usable = step % 3 !== 2 && share > 1e-6 && share < 1 - 1e-6;
    const value = inside + (usable ? share : 0.5) * (outside - inside);
    const found = excess(value);
    if (found <= 0) {
      [inside, insideExcess] = [value, found];
      if (Math.abs(outside - inside) > width / 2) outsideExcess /= 2;
    } else {
      [outside, outsideExcess] = [value, found];
      if (Math.abs(outside - inside) > width / 2) insideExcess /= 2;
    }
  }
  return inside;
}
