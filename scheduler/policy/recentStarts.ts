/**
 * What has started lately: how large it was and how long it waited. The order of `predictive`
 * measures both by the cluster's own past, so that one rule serves every workload.
 */

/** Coarse enough to be counted: eighths of the binary logarithm of the area. */
export type SizeClass = number;

/** Class and seconds waited, short because many are kept. */
export type RecentStart = readonly [SizeClass, number];

/** So many are remembered, the newest last. */
export const STARTS_KEPT = 3_000;

const CLASSES_PER_DOUBLING = 8;
/** No area is of a higher class. */
const CLASSES = 2_048;

export const sizeClass = (area: number): SizeClass =>
  Math.min(CLASSES - 1, Math.round(CLASSES_PER_DOUBLING * Math.log2(Math.max(1, area))));

export type PastStarts = {
  readonly longestWaitS: number;
  /** The share of the jobs that were smaller, from 0 to 1; 0 while nothing has started. */
  shareBelow(size: SizeClass): number;
};

export function pastStarts(starts: readonly RecentStart[]): PastStarts {
  let longestWaitS = 0;
  const below = new Int32Array(CLASSES);
  for (const start of starts) {
    if (start[1] > longestWaitS) longestWaitS = start[1];
    below[start[0]] = (below[start[0]] ?? 0) + 1;
  }
  let sum = 0;
  for (let size = 0; size < CLASSES; size += 1) {
    const count = below[size] ?? 0;
    below[size] = sum;
    sum += count;
  }
  const shareBelow = (size: SizeClass): number => (below[size] ?? 0) / Math.max(1, starts.length);
  return { longestWaitS, shareBelow };
}
