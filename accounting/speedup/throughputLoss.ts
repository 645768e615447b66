/**
 * `--loss throughput`: Gunther's USL fitted as the R package `usl` does it, least squares on the
 * throughput X(N) = gamma N / (1 + alpha (N - 1) + beta N (N - 1)), all runs with equal weight,
 * 0 <= alpha <= 1, beta >= 0. Only to reproduce such numbers: the largest N dominate this loss
 * (docs/speedup.md 2.2 f). The intervals are ours: t with n - 3 degrees of freedom, not the package's n - 1.
 */
import { combine, leverage, nonNegativeLeastSquares } from '../numeric/leastSquares.ts';
import { tQuantile } from '../numeric/studentT.ts';
import type { Interval } from './candidates.ts';
import type { SpeedupRun } from './run.ts';
import { fitLogResiduals } from './fit.ts';

export type Load = { readonly load: number; readonly throughput: number };

export type Coefficient = {
  readonly value: number;
  readonly standardError: number;
  readonly interval: Interval;
};

export type ThroughputFit = {
  readonly alpha: Coefficient;
  readonly beta: Coefficient;
  readonly gamma: Coefficient;
  readonly residualStandardError: number;
  readonly degreesOfFreedom: number;
  /** sqrt((1 - alpha) / beta); infinite without coherency delay. */
  readonly peakLoad: number;
  /** gamma / alpha. */
  readonly limit: number;
};

/** Runs of one problem as loads: throughput is runs per second. */
export function loadsOf(runs: readonly SpeedupRun[]): readonly Load[] {
  return runs.map(({ ranks, seconds }) => ({ load: ranks, throughput: 1 / seconds }));
}

const MOST_ITERATIONS = 200;

/** Undefined with fewer than four points or when no finite fit exists. Points must be positive. */
export function fitThroughput(points: readonly Load[]): ThroughputFit | undefined {
  const freedom = points.length - 3;
  if (freedom < 1) return undefined;
  const columns = [
    points.map(({ load }) => 1 / load),
    points.map(() => 1),
    points.map(({ load }) => load - 1),
  ];
  const throughput = points.map((point) => point.throughput);
  const start = fitLogResiduals(
    columns,
    throughput.map((x) => 1 / x),
  );
  if (!start) return undefined;
  let best = {
    coefficients: start.coefficients,
    loss: lossOf(columns, start.coefficients, throughput),
  };
  for (let iteration = 0; iteration < MOST_ITERATIONS; iteration++) {
    const next = improve(columns, best, throughput);
    if (!next) break;
    const gain = best.loss - next.loss;
    best = next;
    if (gain <= 1e-15 * best.loss) break;
  }
  return reportOf(points, best, freedom);
}

type State = { readonly coefficients: readonly number[]; readonly loss: number };

function lossOf(
  columns: readonly (readonly number[])[],
  coefficients: readonly number[],
  throughput: readonly number[],
): number {
  return combine(columns, coefficients).reduce(
    (sum, mu, index) => sum + ((throughput[index] ?? 0) - 1 / mu) ** 2,
    0,
  );
}

/** Gauss-Newton of 1/mu: X b / mu^2 = 2/mu - x, b >= 0, with step halving. */
function improve(
  columns: readonly (readonly number[])[],
  from: State,
  throughput: readonly number[],
): State | undefined {
  const mu = combine(columns, from.coefficients);
  const design = columns.map((column) => column.map((value, row) => value / (mu[row] ?? 1) ** 2));
  const target = mu.map((value, row) => 2 / value - (throughput[row] ?? 0));
  const wanted = nonNegativeLeastSquares(design, target);
  for (let step = 1; step > 1e-6; step /= 2) {
    const coefficients = from.coefficients.map(
      (old, index) => old + step * ((wanted[index] ?? 0) - old),
    );
    const loss = lossOf(columns, coefficients, throughput);
    if (loss < from.loss) return { coefficients, loss };
  }
  return undefined;
}

function reportOf(
  points: readonly Load[],
  state: State,
  freedom: number,
): ThroughputFit | undefined {
  const [a = 0, b = 0, c = 0] = state.coefficients;
  const t1 = a + b;
  if (!(t1 > 0) || !Number.isFinite(state.loss)) return undefined;
  const [alpha, beta, gamma] = [b / t1, c / t1, 1 / t1];
  const sigma = Math.sqrt(state.loss / freedom);
  const gradient = gradientColumns(points, { alpha, beta, gamma });
  const t = tQuantile(0.025, freedom);
  const coefficient = (value: number, index: number): Coefficient => {
    const unit = gradient.map((_, column) => (column === index ? 1 : 0));
    const standardError = sigma * Math.sqrt(leverage(gradient, unit) ?? Number.NaN);
    const half = t * standardError;
    return {
      value,
      standardError,
      interval: { low: Math.max(0, value - half), high: value + half },
    };
  };
  return {
    alpha: coefficient(alpha, 0),
    beta: coefficient(beta, 1),
    gamma: coefficient(gamma, 2),
    residualStandardError: sigma,
    degreesOfFreedom: freedom,
    peakLoad: beta > 0 ? Math.sqrt((1 - alpha) / beta) : Number.POSITIVE_INFINITY,
    limit: alpha > 0 ? gamma / alpha : Number.POSITIVE_INFINITY,
  };
}

function gradientColumns(
  points: readonly Load[],
  at: { readonly alpha: number; readonly beta: number; readonly gamma: number },
): number[][] {
  const rows = points.map(({ load }) => {
    const denominator = 1 + at.alpha * (load - 1) + at.beta * load * (load - 1);
    const x = load / denominator;
    return [
      (-at.gamma * x * (load - 1)) / denominator,
      (-at.gamma * x * load * (load - 1)) / denominator,
      x,
    ];
  });
  return [0, 1, 2].map((column) => rows.map((row) => row[column] ?? 0));
}
