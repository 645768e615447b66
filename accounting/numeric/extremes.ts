/** Largest and least of any number of values; `Math.max(...values)` overflows the stack at 100,000. */

export function largestOf(values: readonly number[]): number {
  let best = Number.NEGATIVE_INFINITY;
  for (const value of values) if (value > best) best = value;
  return best;
}

export function leastOf(values: readonly number[]): number {
  let best = Number.POSITIVE_INFINITY;
  for (const value of values) if (value < best) best = value;
  return best;
}
