/**
 * Speedup, efficiency and Karp and Flatt's e(p) of what was measured. T1 is the time on one
 * reference processor: fitted where there is a fit, else the measured one-rank time, else unknown;
 * then all three are undefined, never a guess.
 */
import type { Abscissa, Point } from './abscissa.ts';
import type { SpeedupRun } from './run.ts';

/** S = T1 / T. */
export function speedupOf(t1S: number, seconds: number): number {
  return t1S / seconds;
}

/** E = S / P. */
export function efficiencyOf(t1S: number, at: Point & { readonly seconds: number }): number {
  return t1S / (at.seconds * at.equivalent);
}

/**
 * e = (P T - T1) / ((P/w0 - 1) T1): the serial fraction that would explain this one point. Below 0
 * means superlinear. Undefined for a single processor, where there is nothing to explain.
 */
export function karpFlatt(
  t1S: number,
  at: Point & { readonly seconds: number },
): number | undefined {
  const others = at.equivalent / at.serialWeight - 1;
  if (!(others > 1e-9)) return undefined;
  return (at.equivalent * at.seconds - t1S) / (others * t1S);
}

/** The measured time of one rank, on the reference board. */
export function measuredBase(abscissae: readonly Abscissa[]): number | undefined {
  const base = abscissae.find(({ ranks }) => ranks === 1);
  return base && base.seconds * base.equivalent;
}

export type MeasuredRow = {
  readonly ranks: number;
  readonly equivalent: number;
  readonly serialWeight: number;
  readonly runs: number;
  readonly seconds: number;
  readonly cv: number | undefined;
  /** T1 / T; of weak scaling P T1 / T, the scaled speedup. */
  readonly speedup: number | undefined;
  readonly efficiency: number | undefined;
  readonly karpFlatt: number | undefined;
  /** p T / 3600. */
  readonly rankHours: number;
  readonly wattHours: number | undefined;
  /** Smaller than one full node. */
  readonly subNode: boolean;
  readonly outliers: readonly string[];
};

export function measuredRow(
  abscissa: Abscissa,
  options: { readonly t1S: number | undefined; readonly subNode: boolean },
): MeasuredRow {
  const { t1S, subNode } = options;
  const { ranks, equivalent, serialWeight, runs, seconds, cv } = abscissa;
  return {
    ranks,
    equivalent,
    serialWeight,
    runs: runs.length,
    seconds,
    cv,
    speedup: t1S === undefined ? undefined : speedupOf(t1S, seconds),
    efficiency: t1S === undefined ? undefined : efficiencyOf(t1S, abscissa),
    karpFlatt: t1S === undefined ? undefined : karpFlatt(t1S, abscissa),
    rankHours: (ranks * seconds) / 3600,
    wattHours: meanWattHours(runs),
    subNode,
    outliers: abscissa.outliers.map((run) => run.id),
  };
}

function meanWattHours(runs: readonly SpeedupRun[]): number | undefined {
  const joules = runs.map((run) => run.joules).filter((value) => value !== undefined);
  if (joules.length === 0) return undefined;
  return joules.reduce((sum, value) => sum + value, 0) / joules.length / 3600;
}

/** Gustafson's serial share of the parallel run, s = (p - S) / (p - 1), of a scaled speedup S. */
export function gustafsonShare(scaledSpeedup: number, processors: number): number | undefined {
  return processors > 1 ? (processors - scaledSpeedup) / (processors - 1) : undefined;
}
