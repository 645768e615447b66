/** The queue is kept in ascending order of job ids: first come, first served; a requeued job keeps its place. */

/** Where `id` is or would be in an ascending list. */
export function positionOf(ascending: readonly number[], id: number): number {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ascending[middle] ?? 0) < id) low = middle + 1;
    else high = middle;
  }
  return low;
}
