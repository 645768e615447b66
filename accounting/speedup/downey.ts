/**
 * Downey's model (docs/speedup.md 1.1) where the user states how many ranks can ever have work, A: up to a
 * plateau it is Amdahl's law with f = sigma / 2A (sigma <= 1) or sigma / (A (1 + sigma)), so a fitted f gives its sigma.
 */
export type Downey = {
  /** A, the most that can be had: S never exceeds it. */
  readonly limit: number;
  /** Variance of the parallelism; 0: all of the time there are A. */
  readonly sigma: number;
  /** From so many ranks on S = A. */
  readonly plateauRanks: number;
};

/** Undefined where f leaves no plateau: even endless ranks stay below A. */
export function downeyOf(f: number, limit: number): Downey | undefined {
  if (!(limit >= 1) || !(f >= 0) || f * limit >= 1) return undefined;
  const small = 2 * limit * f;
  const sigma = small <= 1 ? small : (limit * f) / (1 - limit * f);
  const plateauRanks =
    sigma <= 1
      ? Math.max(limit, sigma === 0 ? limit : 2 * limit - 1)
      : limit + limit * sigma - sigma;
  return { limit, sigma, plateauRanks };
}

/** S(n). */
export function downeySpeedup({ limit: A, sigma }: Downey, n: number): number {
  if (sigma >= 1) {
    if (n > A + A * sigma - sigma) return A;
    return (n * A * (sigma + 1)) / (sigma * (n + A - 1) + A);
  }
  if (n <= A) return (A * n) / (A + (sigma * (n - 1)) / 2);
  if (n <= 2 * A - 1) return (A * n) / (sigma * (A - 0.5) + n * (1 - sigma / 2));
  return A;
}
