/**
 * `--suggest`: the rank count whose measurement would teach most: where the candidates disagree most
 * about ln T (weighted standard deviation), or where the envelope is widest when they agree; a missing
 * base or too few points come first.
 */
import type { SpeedupAnalysis } from './analyse.ts';
import { secondsEnvelope } from './candidates.ts';
import { rankGrid, type Search } from './landmarks.ts';
import { modelSeconds } from './model.ts';
import { nextRanks } from './sentence.ts';

export type Suggestion = {
  readonly ranks: number;
  readonly reason: 'too few rank counts' | 'the models disagree' | 'the interval is widest';
  /** Disagreement or half-width in ln T; undefined for too few. */
  readonly size: number | undefined;
};

/** Below this the candidates agree. */
const AGREEMENT = 1e-3;

/** Undefined only when nothing is measured and nothing can be said. */
export function suggestRanks(analysis: SpeedupAnalysis): Suggestion | undefined {
  const { search } = analysis;
  if (!search) {
    const [ranks] = nextRanks(analysis);
    return ranks === undefined
      ? undefined
      : { ranks, reason: 'too few rank counts', size: undefined };
  }
  const measured = new Set(analysis.rows.map(({ ranks }) => ranks));
  const open = rankGrid(search.limitRanks).filter((ranks) => !measured.has(ranks));
  const disagreement = largest(open, (ranks) => spreadAt(search, ranks));
  if (disagreement && disagreement.size > AGREEMENT) {
    return { ...disagreement, reason: 'the models disagree' };
  }
  const widest = largest(open, (ranks) => widthAt(search, ranks));
  return widest && { ...widest, reason: 'the interval is widest' };
}

function largest(
  open: readonly number[],
  sizeAt: (ranks: number) => number,
): { readonly ranks: number; readonly size: number } | undefined {
  let best: { readonly ranks: number; readonly size: number } | undefined;
  for (const ranks of open) {
    const size = sizeAt(ranks);
    if (!best || size > best.size + 1e-12) best = { ranks, size };
  }
  return best;
}

function spreadAt({ set, pointAt }: Search, ranks: number): number {
  const point = pointAt(ranks);
  const logs = set.candidates.map(({ parameters, weight }) => ({
    weight,
    log: Math.log(modelSeconds(parameters, point)),
  }));
  const mean = logs.reduce((sum, { weight, log }) => sum + weight * log, 0);
  return Math.sqrt(logs.reduce((sum, { weight, log }) => sum + weight * (log - mean) ** 2, 0));
}

function widthAt({ set, pointAt }: Search, ranks: number): number {
  const { low, high } = secondsEnvelope(set, pointAt(ranks), { level: 0.95 });
  return Math.log(high / low) / 2;
}
