/**
 * What is free over time of a few resources of one node (cores, memory, generic resources), or
 * of one license: steps between moments, exactly.
 */
export type Timeline = {
  /** Ascending; a step holds until the next moment, the last for ever. */
  readonly times: number[];
  /** By step, then by resource. */
  readonly free: number[][];
};

export const createTimeline = (fromMs: number, free: readonly number[]): Timeline => ({
  times: [fromMs],
  free: [[...free]],
});

/** Adds `delta` of every resource from `fromMs` until `toMs`. */
export function change(
  timeline: Timeline,
  { fromMs, toMs, delta }: { fromMs: number; toMs: number; delta: readonly number[] },
): void {
  if (toMs <= fromMs) return;
  const first = cut(timeline, fromMs);
  const end = toMs === Infinity ? timeline.times.length : cut(timeline, toMs);
  for (let step = first; step < end; step += 1) {
    const free = timeline.free[step];
    if (!free) continue;
    for (let at = 0; at < free.length; at += 1) free[at] = (free[at] ?? 0) + (delta[at] ?? 0);
  }
}

export type Least = {
  /** The least of the window. */
  readonly value: number;
  /** No window that begins before this one, and after the one asked for, has more. */
  readonly untilMs: number;
};

/** The least value of all steps from `fromMs` until `toMs`. */
export function leastOf(
  timeline: Timeline,
  { fromMs, toMs }: { fromMs: number; toMs: number },
  valueOf: (free: readonly number[]) => number,
): Least {
  const { times, free } = timeline;
  let value = Infinity;
  let untilMs = Infinity;
  for (let step = stepAt(times, fromMs); step < times.length; step += 1) {
    if ((times[step] ?? Infinity) >= toMs) break;
    const here = valueOf(free[step] ?? []);
    if (here > value) continue;
    value = here;
    untilMs = times[step + 1] ?? Infinity;
  }
  return { value, untilMs };
}

/** Index of the last step that begins at or before the moment. */
function stepAt(times: readonly number[], atMs: number): number {
  let low = 0;
  let high = times.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((times[middle] ?? Infinity) <= atMs) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** Makes `atMs` a moment, and returns its step. */
function cut({ times, free }: Timeline, atMs: number): number {
  const step = stepAt(times, atMs);
  if ((times[step] ?? Infinity) >= atMs) return step;
  times.splice(step + 1, 0, atMs);
  free.splice(step + 1, 0, [...(free[step] ?? [])]);
  return step + 1;
}
