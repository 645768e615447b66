/**
 * Predicted times: the averaged curve with the envelope of the candidates' intervals, up to twice the
 * largest measured rank count and no further (docs/speedup.md 1.3 steps 5 and 7).
 */
import { averageSeconds, type Interval, secondsEnvelope } from './candidates.ts';
import type { Search } from './landmarks.ts';

export type Prediction =
  | {
      readonly kind: 'predicted';
      readonly ranks: number;
      readonly seconds: number;
      readonly interval: Interval;
      readonly speedup: number;
      readonly efficiency: number;
      /** Beyond the largest measured rank count. */
      readonly extrapolated: boolean;
    }
  | {
      readonly kind: 'refused';
      readonly code: 'EXTRAPOLATION_LIMIT';
      readonly ranks: number;
      readonly limitRanks: number;
    };

export function predict(
  search: Search,
  options: { readonly ranks?: readonly number[] | undefined; readonly level: number },
): readonly Prediction[] {
  const { largestRanks } = search;
  const wanted = options.ranks ?? [Math.ceil(1.5 * largestRanks), 2 * largestRanks];
  return wanted.map((ranks) => predictAt(search, { ranks, level: options.level }));
}

export function predictAt(
  search: Search,
  options: { readonly ranks: number; readonly level: number },
): Prediction {
  const { ranks, level } = options;
  const { limitRanks, largestRanks, set, t1S } = search;
  if (ranks > limitRanks)
    return { kind: 'refused', code: 'EXTRAPOLATION_LIMIT', ranks, limitRanks };
  const point = search.pointAt(ranks);
  const seconds = averageSeconds(set, point);
  return {
    kind: 'predicted',
    ranks,
    seconds,
    interval: secondsEnvelope(set, point, { level }),
    speedup: t1S / seconds,
    efficiency: t1S / (seconds * point.equivalent),
    extrapolated: ranks > largestRanks,
  };
}
