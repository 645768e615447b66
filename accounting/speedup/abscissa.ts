/**
 * The points that are fitted: one per distinct (ranks p, equivalent processors P, speed of the
 * serial rank w0), its time the geometric mean of its runs, every point with equal weight
 * (docs/speedup.md 1.2). Never the fastest of the runs.
 */
import { median } from '../numeric/median.ts';
import type { SpeedupRun } from './run.ts';

/** Where a model is evaluated. Homogeneous: equivalent = ranks and serialWeight = 1. */
export type Point = {
  readonly ranks: number;
  /** P, the sum of the weights. */
  readonly equivalent: number;
  /** w0, the speed of the rank that does the serial work. */
  readonly serialWeight: number;
};

export type Abscissa = Point & {
  readonly runs: readonly SpeedupRun[];
  /** Geometric mean of the runs. */
  readonly seconds: number;
  /** Sample standard deviation over mean; undefined for a single run. */
  readonly cv: number | undefined;
  /** More than 3.5 scaled MAD from the median of ln t: shown, never dropped. */
  readonly outliers: readonly SpeedupRun[];
};

export function pointOf(run: SpeedupRun): Point {
  const { ranks, weights } = run;
  if (!weights) return { ranks, equivalent: ranks, serialWeight: 1 };
  const equivalent = weights.reduce((sum, weight) => sum + weight, 0);
  return { ranks, equivalent, serialWeight: weights[0] ?? 1 };
}

/** Ascending by P, then p, then w0. */
export function abscissaeOf(
  runs: readonly SpeedupRun[],
  options: { readonly noiseCv: number },
): readonly Abscissa[] {
  const groups = new Map<string, { point: Point; runs: SpeedupRun[] }>();
  for (const run of runs) {
    const point = pointOf(run);
    const key = keyOf(point, run);
    const group = groups.get(key);
    if (group) group.runs.push(run);
    else groups.set(key, { point, runs: [run] });
  }
  return [...groups.values()]
    .map(({ point, runs: same }) => summarise(point, same, options.noiseCv))
    .sort(
      (a, b) => a.equivalent - b.equivalent || a.ranks - b.ranks || a.serialWeight - b.serialWeight,
    );
}

/** Equal to nine places is equal. */
function keyOf({ ranks, equivalent, serialWeight }: Point, run: SpeedupRun): string {
  if (!run.weights) return `${ranks} ${ranks} 1`;
  const whole = Number(equivalent.toPrecision(9));
  return `${ranks} ${whole} ${Number(serialWeight.toPrecision(9))}`;
}

function summarise(point: Point, runs: readonly SpeedupRun[], noiseCv: number): Abscissa {
  const logs = runs.map((run) => Math.log(run.seconds));
  const seconds = Math.exp(mean(logs));
  const average = mean(runs.map((run) => run.seconds));
  const squares = runs.reduce((sum, run) => sum + (run.seconds - average) ** 2, 0);
  const cv = runs.length > 1 ? Math.sqrt(squares / (runs.length - 1)) / average : undefined;
  return { ...point, runs, seconds, cv, outliers: outliersOf(runs, logs, noiseCv) };
}

/** Iglewicz and Hoaglin's modified z-score above 3.5, the usual noise as the least spread. */
function outliersOf(
  runs: readonly SpeedupRun[],
  logs: readonly number[],
  noiseCv: number,
): SpeedupRun[] {
  if (runs.length < 3) return [];
  const middle = median(logs);
  const spread = Math.max(1.4826 * median(logs.map((y) => Math.abs(y - middle))), noiseCv);
  return runs.filter((_, index) => Math.abs((logs[index] ?? middle) - middle) > 3.5 * spread);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
