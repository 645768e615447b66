/**
 * Least squares on the residuals of ln t (multiplicative noise, constant CV), docs/speedup.md 1.3 step 2:
 * non-negative Gauss-Newton, b <- NNLS(X/mu, 1 + ln(t/mu)), begun at NNLS(X/t, 1), with step halving.
 */
import { type Columns, combine, nonNegativeLeastSquares } from '../numeric/leastSquares.ts';

export type LogFit = {
  readonly coefficients: readonly number[];
  /** Fitted seconds at every point. */
  readonly fitted: readonly number[];
  /** Sum of squared residuals of ln t. */
  readonly ssr: number;
};

const MOST_ITERATIONS = 60;
/** Relative to the largest coefficient. */
const SMALLEST_MOVE = 1e-11;

/** Undefined when no non-negative combination gives positive finite times. */
export function fitLogResiduals(columns: Columns, seconds: readonly number[]): LogFit | undefined {
  const first = nonNegativeLeastSquares(
    dividedBy(columns, seconds),
    seconds.map(() => 1),
  );
  let best = evaluate(columns, first, seconds);
  if (!best) return undefined;
  for (let iteration = 0; iteration < MOST_ITERATIONS; iteration++) {
    const mu = best.fitted;
    const target = seconds.map((t, index) => 1 + Math.log(t / (mu[index] ?? t)));
    const wanted = nonNegativeLeastSquares(dividedBy(columns, mu), target);
    const better = stepTowards(columns, best, { wanted, seconds });
    if (!better) break;
    const gain: number = best.ssr - better.ssr;
    best = better;
    if (gain <= 1e-12 * best.ssr) break;
  }
  return best;
}

function stepTowards(
  columns: Columns,
  from: LogFit,
  goal: { readonly wanted: readonly number[]; readonly seconds: readonly number[] },
): LogFit | undefined {
  for (let step = 1; step > 1e-3; step /= 2) {
    let farthest = 0;
    const moved = from.coefficients.map((old, index) => {
      const move = step * ((goal.wanted[index] ?? 0) - old);
      farthest = Math.max(farthest, Math.abs(move));
      return old + move;
    });
    if (farthest <= SMALLEST_MOVE * Math.max(...moved)) return undefined;
    const next = evaluate(columns, moved, goal.seconds);
    if (next && next.ssr < from.ssr) return next;
  }
  return undefined;
}

function evaluate(
  columns: Columns,
  coefficients: readonly number[],
  seconds: readonly number[],
): LogFit | undefined {
  const fitted = combine(columns, coefficients);
  let ssr = 0;
  for (let index = 0; index < fitted.length; index++) {
    const mu = fitted[index] ?? 0;
    if (!(mu > 0) || !Number.isFinite(mu)) return undefined;
    ssr += Math.log((seconds[index] ?? mu) / mu) ** 2;
  }
  return { coefficients, fitted, ssr };
}

export function dividedBy(columns: Columns, divisors: readonly number[]): number[][] {
  return columns.map((column) => column.map((value, index) => value / (divisors[index] ?? 1)));
}
