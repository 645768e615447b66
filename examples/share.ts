/** A run of consecutive items: `first` to `end - 1`. */
export type Share = { readonly first: number; readonly end: number };

/**
 * Cuts `count` items into one run per rank, in rank order, in proportion to the weights
 * (`comm.weights` is the measured speed of every rank). A run may be empty.
 */
export function sharesOf(count: number, weights: readonly number[]): Share[] {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  let weightBefore = 0;
  let first = 0;
  return weights.map((weight, place) => {
    weightBefore += weight;
    const isLast = place === weights.length - 1;
    const end = isLast ? count : Math.round((count * weightBefore) / total);
    const share = { first, end };
    first = end;
    return share;
  });
}
