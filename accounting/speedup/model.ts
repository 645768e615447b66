/**
 * The models, one linear form (docs/speedup.md 0.1):
 *   T = T1 [ 1/P + f (1/w0 - 1/P) + lambda log2 p + kappa (p - 1) ],  f, lambda, kappa >= 0, f <= 1.
 * Written as a/P + b/w0 + c log2 p + d (p - 1) with a, b, c, d >= 0, where T1 = a + b and f = b/T1,
 * so that non-negative least squares alone keeps 0 <= f <= 1. f with kappa is Gunther's USL.
 */
import type { Point } from './abscissa.ts';

export type ModelName = 'amdahl' | 'amdahl+log' | 'usl' | 'weak+log' | 'weak+linear';

/** In order of preference at equal criterion: fewer parameters first. */
export const CANDIDATES: readonly ModelName[] = ['amdahl', 'amdahl+log', 'usl'];

/** Weak scaling, T = T1 [ 1 + lambda log2 p + kappa (p - 1) ]: the same form with f = 1 and w0 = 1. */
export const WEAK_CANDIDATES: readonly ModelName[] = ['weak+log', 'weak+linear'];

export type ModelParameters = {
  readonly t1S: number;
  readonly f: number;
  readonly lambda: number;
  readonly kappa: number;
};

type Term = (point: Point) => number;

const PARALLEL: Term = ({ equivalent }) => 1 / equivalent;
const SERIAL: Term = ({ serialWeight }) => 1 / serialWeight;
export const LOG_RANKS: Term = ({ ranks }) => Math.log2(ranks);
export const OTHER_RANKS: Term = ({ ranks }) => ranks - 1;

export const TERMS: Readonly<Record<ModelName, readonly Term[]>> = {
  amdahl: [PARALLEL, SERIAL],
  'amdahl+log': [PARALLEL, SERIAL, LOG_RANKS],
  usl: [PARALLEL, SERIAL, OTHER_RANKS],
  'weak+log': [SERIAL, LOG_RANKS],
  'weak+linear': [SERIAL, OTHER_RANKS],
};

/** One value per term at a point: a row of the design matrix. */
export function designRow(model: ModelName, point: Point): readonly number[] {
  return TERMS[model].map((term) => term(point));
}

export function columnsOf(terms: readonly Term[], points: readonly Point[]): number[][] {
  return terms.map((term) => points.map(term));
}

export function parametersOf(model: ModelName, coefficients: readonly number[]): ModelParameters {
  if (model === 'weak+log' || model === 'weak+linear') {
    const [t1S = 0, growth = 0] = coefficients;
    const share = t1S > 0 ? growth / t1S : 0;
    const isLog = model === 'weak+log';
    return { t1S, f: 1, lambda: isLog ? share : 0, kappa: isLog ? 0 : share };
  }
  const [a = 0, b = 0, c = 0] = coefficients;
  const t1S = a + b;
  const third = t1S > 0 ? c / t1S : 0;
  return {
    t1S,
    f: t1S > 0 ? b / t1S : 0,
    lambda: model === 'amdahl+log' ? third : 0,
    kappa: model === 'usl' ? third : 0,
  };
}

export function modelSeconds(parameters: ModelParameters, point: Point): number {
  const { t1S, f, lambda, kappa } = parameters;
  const share =
    (1 - f) * PARALLEL(point) +
    f * SERIAL(point) +
    lambda * LOG_RANKS(point) +
    kappa * OTHER_RANKS(point);
  return t1S * share;
}

/** Families of columns with one quantity held at a value, for its profile: still linear. */
export type Profiled = 'f' | 'lambda' | 'kappa' | 'peak';

/**
 * Columns of the model in which `quantity` has the value `held`. `peak` is the rank count of least
 * time; `weightPerRank` is dP/dp, 1 on equal boards.
 */
export function profileTerms(
  model: ModelName,
  quantity: Profiled,
  held: { readonly value: number; readonly weightPerRank: number },
): readonly Term[] {
  const { value } = held;
  const third = TERMS[model].slice(2);
  if (quantity === 'f') return [(x) => (1 - value) * PARALLEL(x) + value * SERIAL(x), ...third];
  const extra = model === 'usl' ? OTHER_RANKS : LOG_RANKS;
  if (quantity !== 'peak') {
    return [(x) => PARALLEL(x) + value * extra(x), (x) => SERIAL(x) + value * extra(x)];
  }
  // dT/dp = 0 at p = N: kappa T1 = a / (w N^2), and lambda T1 / ln 2 = a / (w N).
  const slope =
    model === 'usl'
      ? 1 / (held.weightPerRank * value * value)
      : Math.LN2 / (held.weightPerRank * value);
  return [(x) => PARALLEL(x) + slope * extra(x), SERIAL];
}
