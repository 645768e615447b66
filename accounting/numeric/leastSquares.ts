/**
 * Least squares for a handful of columns: Gram-Schmidt QR (twice, for accuracy) and, under
 * `every coefficient >= 0`, the best of all subsets. With at most three columns that is seven tiny
 * solves and needs no active-set iteration (Lawson and Hanson 1974 give the optimality condition).
 */

export type Columns = readonly (readonly number[])[];

type Factors = {
  /** Orthonormal columns. */
  readonly q: readonly (readonly number[])[];
  /** Upper triangle by rows: r[i][j] for i <= j. */
  readonly r: readonly (readonly number[])[];
};

const RANK_TOLERANCE = 1e-11;

/** Undefined when the columns are dependent or not finite. */
export function factorise(columns: Columns): Factors | undefined {
  const q: number[][] = [];
  const r: number[][] = columns.map(() => columns.map(() => 0));
  for (const [j, column] of columns.entries()) {
    const v = [...column];
    const before = norm(v);
    for (let pass = 0; pass < 2; pass++) {
      for (const [i, base] of q.entries()) {
        const share = dot(base, v);
        const row = r[i];
        if (row) row[j] = (row[j] ?? 0) + share;
        for (let k = 0; k < v.length; k++) v[k] = (v[k] ?? 0) - share * (base[k] ?? 0);
      }
    }
    const length = norm(v);
    if (!(length > RANK_TOLERANCE * before) || !Number.isFinite(length)) return undefined;
    const row = r[j];
    if (row) row[j] = length;
    q.push(v.map((value) => value / length));
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
  let best: readonly number[] = columns.map(() => 0);
  let bestSum = dot(target, target);
  for (let subset = 1; subset < 2 ** columns.length; subset++) {
    const used = columns.map((_, index) => Math.floor(subset / 2 ** index) % 2 === 1);
    const solved = leastSquares(
      columns.filter((_, index) => used[index]),
      target,
    );
    if (!solved || solved.some((value) => !(value >= 0))) continue;
    let next = 0;
    const full = used.map((isUsed) => (isUsed ? (solved[next++] ?? 0) : 0));
    const sum = residualSum(columns, full, target);
    if (sum < bestSum) {
      best = full;
      bestSum = sum;
    }
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
  for (const [i, wanted] of gradient.entries()) {
    let rest = wanted;
    for (let j = 0; j < i; j++) rest -= (factors.r[j]?.[i] ?? 0) * (z[j] ?? 0);
    z.push(rest / (factors.r[i]?.[i] ?? 1));
  }
  return dot(z, z);
}

export function combine(columns: Columns, coefficients: readonly number[]): number[] {
  const length = columns[0]?.length ?? 0;
  return Array.from({ length }, (_, row) => {
    let sum = 0;
    for (const [j, column] of columns.entries()) sum += (coefficients[j] ?? 0) * (column[row] ?? 0);
    return sum;
  });
}

function residualSum(
  columns: Columns,
  coefficients: readonly number[],
  target: readonly number[],
): number {
  let sum = 0;
  for (const [row, value] of combine(columns, coefficients).entries()) {
    sum += (value - (target[row] ?? 0)) ** 2;
  }
  return sum;
}

function backSubstitute(r: Factors['r'], rotated: readonly number[]): number[] {
  const solution = rotated.map(() => 0);
  for (let i = rotated.length - 1; i >= 0; i--) {
    let rest = rotated[i] ?? 0;
    for (let j = i + 1; j < rotated.length; j++) rest -= (r[i]?.[j] ?? 0) * (solution[j] ?? 0);
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
