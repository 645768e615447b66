/**
 * How long a job will run, for backfill: from the fitted curve times the user's recent ratio, else the
 * mean of the last two runs (Tsafrir, Etsion, Feitelson 2007), else the limit. Whole milliseconds, never
 * above the user's limit, and never a reason to end a job.
 */
import { averageSeconds, secondsEnvelope } from './candidates.ts';
import type { Search } from './landmarks.ts';

export type RuntimeEstimate = {
  readonly source: 'model' | 'last two runs' | 'limit';
  readonly expectedMs: number;
  /** What to reserve: the upper end of what is believed. */
  readonly reserveMs: number;
};

/** A ratio outside these says that it is another job, not that the model is off. */
const LEAST_RATIO = 0.5;
const MOST_RATIO = 2;

export function estimateRuntime(request: {
  readonly ranks: number;
  readonly limitMs: number;
  readonly search: Search | undefined;
  /** Measured over predicted of recent runs, newest first. */
  readonly recentRatios: readonly number[];
  /** Run times of the same user's last jobs of this name, newest first. */
  readonly lastRunsMs: readonly number[];
}): RuntimeEstimate {
  const { ranks, limitMs, search, lastRunsMs } = request;
  const within = (milliseconds: number): number =>
    Math.max(1, Math.min(limitMs, Math.round(milliseconds)));
  if (search && ranks <= search.limitRanks) {
    const point = search.pointAt(ranks);
    const ratio = medianRatio(request.recentRatios.slice(0, 5));
    const expected = 1000 * averageSeconds(search.set, point) * ratio;
    const { high } = secondsEnvelope(search.set, point, { level: 0.95 });
    return {
      source: 'model',
      expectedMs: within(expected),
      reserveMs: within(1000 * high * ratio),
    };
  }
  const [last, before] = lastRunsMs;
  if (last !== undefined) {
    const mean = before === undefined ? last : (last + before) / 2;
    return {
      source: 'last two runs',
      expectedMs: within(mean),
      reserveMs: within(Math.max(last, before ?? last)),
    };
  }
  return { source: 'limit', expectedMs: limitMs, reserveMs: limitMs };
}

function medianRatio(ratios: readonly number[]): number {
  const usable = ratios.filter((ratio) => Number.isFinite(ratio) && ratio > 0);
  if (usable.length === 0) return 1;
  const sorted = usable.sort((a, b) => a - b);
  const middle = sorted[Math.floor((sorted.length - 1) / 2)] ?? 1;
  return Math.min(MOST_RATIO, Math.max(LEAST_RATIO, middle));
}
