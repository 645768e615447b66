/**
 * How fast a rank on a board is against the reference board, for P = sum of weights. One number cannot be
 * right for every program (Pi 5 to Pi 4: 1.9 by 7-zip, 2.5 by Linpack, 4 by memset), so the weights are
 * those that the program itself shows.
 */
import { median } from '../numeric/median.ts';

/** Useful seconds of the ranks of a run that split its work equally, and the board of each. */
export type EqualSplitRun = {
  readonly useful: readonly number[];
  readonly boards: readonly string[];
};

/**
 * Weights by the program's own speed: over runs that hold the reference board and another, the median
 * of useful(reference) / useful(board). Boards never seen beside the reference are left out.
 */
export function learnWeights(
  runs: readonly EqualSplitRun[],
  reference: string,
): ReadonlyMap<string, number> {
  const ratios = new Map<string, number[]>();
  for (const { useful, boards } of runs) {
    const secondsOn = new Map<string, number[]>();
    for (const [rank, board] of boards.entries()) {
      const seconds = useful[rank];
      if (seconds === undefined || !(seconds > 0)) continue;
      secondsOn.set(board, [...(secondsOn.get(board) ?? []), seconds]);
    }
    const base = secondsOn.get(reference);
    if (!base) continue;
    for (const [board, seconds] of secondsOn) {
      const ratio = median(base) / median(seconds);
      ratios.set(board, [...(ratios.get(board) ?? []), ratio]);
    }
  }
  return new Map([...ratios].map(([board, values]) => [board, median(values)]));
}

/**
 * Share of the core-time that an equal split leaves idle on unequal ranks: 1 - p min(w) / sum(w). The
 * slowest rank sets the pace.
 */
export function equalSplitWaste(weights: readonly number[]): number {
  const sum = weights.reduce((total, weight) => total + weight, 0);
  const slowest = weights.reduce(
    (least, weight) => Math.min(least, weight),
    Number.POSITIVE_INFINITY,
  );
  return sum > 0 ? 1 - (weights.length * slowest) / sum : 0;
}
