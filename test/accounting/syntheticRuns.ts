import type { SpeedupRun } from '../../accounting/speedup/run.ts';

export type Truth = {
  readonly t1S: number;
  readonly f?: number;
  readonly lambda?: number;
  readonly kappa?: number;
};

/** The formula of docs/speedup.md 0.1, written out again so that the tests do not share the product's code. */
export function trueSeconds(truth: Truth, ranks: number, weights?: readonly number[]): number {
  const { t1S, f = 0, lambda = 0, kappa = 0 } = truth;
  const P = weights ? weights.reduce((sum, weight) => sum + weight, 0) : ranks;
  const w0 = weights?.[0] ?? 1;
  return t1S * (1 / P + f * (1 / w0 - 1 / P) + lambda * Math.log2(ranks) + kappa * (ranks - 1));
}

export function exactRuns(
  truth: Truth,
  rankCounts: readonly number[],
  more: Partial<SpeedupRun> = {},
): SpeedupRun[] {
  return rankCounts.map((ranks, index) => ({
    id: `run ${index + 1}`,
    ranks,
    seconds: trueSeconds(truth, ranks),
    ...more,
  }));
}
