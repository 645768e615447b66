/**
 * Two exact lower bounds on start times within one pass. A pass only takes capacity away, so
 * (a) a shape starts no earlier than the last job of the same shape did, and (b) no earlier
 * than any job that needs fewer cores for a shorter time. For (b) shapes are kept by powers
 * of two: one in a strictly lower row and column is smaller in both.
 */
export type StartBounds = {
  /** The shape can start no earlier than this. */
  earliest(cores: number, durationMs: number, atMs: number): number;
  /** The shape was found to start no earlier than `startMs`. */
  found(cores: number, durationMs: number, startMs: number): void;
};

const ROWS = 24;
const COLUMNS = 48;

export function createStartBounds(bounded: boolean): StartBounds {
  if (!bounded) return { earliest: (_cores, _durationMs, atMs) => atMs, found: () => undefined };
  const same = new Map<number, Map<number, number>>();
  const dominated = new Float64Array(ROWS * COLUMNS);
  return {
    earliest: (cores, durationMs, atMs) => {
      const cell = row(cores) * COLUMNS + column(durationMs);
      return Math.max(atMs, same.get(cores)?.get(durationMs) ?? 0, dominated[cell] ?? 0);
    },
    found: (cores, durationMs, startMs) => {
      const times = same.get(cores);
      if (times) times.set(durationMs, startMs);
      else same.set(cores, new Map([[durationMs, startMs]]));
      raise(dominated, row(cores), column(durationMs), startMs);
    },
  };
}

const row = (cores: number): number => Math.min(ROWS - 1, Math.floor(Math.log2(cores)));
const column = (durationMs: number): number =>
  durationMs === Infinity ? COLUMNS - 1 : Math.min(COLUMNS - 2, Math.floor(Math.log2(durationMs)));

/** Every cell above in both directions; the cells are monotone, so a higher one ends a row. */
function raise(
  dominated: Float64Array,
  fromRow: number,
  fromColumn: number,
  startMs: number,
): void {
  for (let up = fromRow + 1; up < ROWS; up += 1) {
    for (let right = fromColumn + 1; right < COLUMNS; right += 1) {
      const cell = up * COLUMNS + right;
      if ((dominated[cell] ?? 0) >= startMs) break;
      dominated[cell] = startMs;
    }
  }
}
