/**
 * Least squares for a handful of columns: Gram-Schmidt QR (twice, for accuracy) and, under
 * `every coefficient >= 0`, the best of all subsets. With at most three columns that is seven tiny
 * solves and needs no active-set iteration (Lawson and Hanson 1974 give the optimality condition).
 */

export type Columns = readonly (readonly number[])[];

type Factors = {
  /** Orthonormal columns. */
  readonly q: readonly (readonly number[])[];
  /** Upper triangle by columns: r[j][i] for i <= j. */
  readonly r: readonly (readonly number[])[];
};

const RANK_TOLERANCE = 1e-11;

/** Undefined when the columns are dependent or not finite. */
export function factorise(columns: Columns): Factors | undefined {
  const q: number[][] = [];
  const r: number[][] = [];
  for (let j = 0; j < columns.length; j++) {
    const v = (columns[j] ?? []).slice();
    const before = norm(v);
    const shares: number[] = q.map(() => 0);
    for (let pass = 0; pass < 2; pass++) {
      for (let i = 0; i < q.length; i++) {
        const base = q[i] ?? [];
        const share = dot(base, v);
        shares[i] = (shares[i] ?? 0) + share;
        for (let k = 0; k < v.length; k++) v[k] = (v[k] ?? 0) - share * (base[k] ?? 0);
      }
    }
    const length = norm(v);
    if (!(length > RANK_TOLERANCE * before) || !Number.isFinite(length)) return undefined;
    for (let k = 0; k < v.length; k++) v[k] = (v[k] ?? 0) / length;
    q.push(v);
    shares.push(length);
    r.push(shares);
  }
  return { q, r };
}

export function leastSquares(
  columns: Columns,
  target: readonly number[],
): readonly number[] | undefined {
  const factors = factorise(columns);
  if (!factors) return undefined;
  const rotated = factors.q.map((column) => dot(column, target));
  return backSubstitute(factors.r, rotated);
}

/** Non-negative least squares. Dropped columns have the coefficient 0. */
export function nonNegativeLeastSquares(
  columns: Columns,
  target: readonly number[],
): readonly number[] {
  const free = leastSquares(columns, target);
  if (free?.every((value) => value >= 0)) return free;
  let best: readonly number[] = columns.map(() => 0);
  let bestSum = dot(target, target);
  for (let subset = 1; subset < 2 ** columns.length - 1; subset++) {
    const used = columns.map((_, index) => Math.floor(subset / 2 ** index) % 2 === 1);
    const kept = columns.filter((_, index) => used[index]);
    const solved = leastSquares(kept, target);
    if (!solved?.every((value) => value >= 0)) continue;
    const sum = residualSum(kept, solved, target);
    if (sum >= bestSum) continue;
    let next = 0;
    best = used.map((isUsed) => (isUsed ? (solved[next++] ?? 0) : 0));
    bestSum = sum;
  }
  return best;
}

/**
 * g' (X'X)^-1 g: the squared length of the gradient in the metric of the design, which times the
 * residual variance is the variance of g'b. Undefined when the design is singular.
 */
export function leverage(columns: Columns, gradient: readonly number[]): number | undefined {
  const factors = factorise(columns);
  if (!factors) return undefined;
  const z: number[] = [];
  for (let i = 0; i < gradient.length; i++) {
    const column = factors.r[i] ?? [];
    let rest = gradient[i] ?? 0;
    for (let j = 0; j < i; j++) rest -= (column[j] ?? 0) * (z[j] ?? 0);
    z.push(rest / (column[i] ?? 1));
  }
  return dot(z, z);
}

export function combine(columns: Columns, coefficients: readonly number[]): number[] {
  const sums = (columns[0] ?? []).map(() => 0);
  for (let j = 0; j < columns.length; j++) {
    const column = columns[j] ?? [];
    const coefficient = coefficients[j] ?? 0;
    for (let row = 0; row < sums.length; row++) {
      sums[row] = (sums[row] ?? 0) + coefficient * (column[row] ?? 0);
    }
  }
  return sums;
}

function residualSum(
  columns: Columns,
  coefficients: readonly number[],
  target: readonly number[],
): number {
  const fitted = combine(columns, coefficients);
  let sum = 0;
  for (let row = 0; row < target.length; row++) {
    sum += ((fitted[row] ?? 0) - (target[row] ?? 0)) ** 2;
  }
  return sum;
}

function backSubstitute(r: Factors['r'], rotated: readonly number[]): number[] {
  const solution = rotated.map(() => 0);
  for (let i = rotated.length - 1; i >= 0; i--) {
    let rest = rotated[i] ?? 0;
    for (let j = i + 1; j < rotated.length; j++) rest -= (r[j]?.[i] ?? 0) * (solution[j] ?? 0);
    solution[i] = rest / (r[i]?.[i] ?? 1);
  }
  return solution;
}

function dot(a: readonly number[], b: readonly number[]): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] ?? 0) * (b[i] ?? 0);
  return sum;
}

function norm(v: readonly number[]): number {
  return Math.sqrt(dot(v, v));
}
