/**
 * Two exact lower bounds on start times within one pass. A pass only takes capacity away, so
 * (a) a demand starts no earlier than the last job of an equal one did, and (b) no earlier than
 * any plain job that needs fewer cores for a shorter time: that could run on whatever the larger
 * one finds. For (b) demands are kept by powers of two: one in a strictly lower row and column
 * is smaller in both.
 */
import type { ClusterView } from '../model/cluster.ts';
import type { Demand } from '../model/demand.ts';

export type StartBounds = {
  /** The demand can be met no earlier than this. */
  earliest(demand: Demand, atMs: number): number;
  /** The demand was found to start no earlier than `startMs`. */
  found(demand: Demand, startMs: number): void;
};

const ROWS = 24;
const COLUMNS = 48;

/** `anywhere`: plain demands may use every node. */
function createStartBounds({
  bounded,
  anywhere,
}: {
  readonly bounded: boolean;
  readonly anywhere: boolean;
}): StartBounds {
  if (!bounded) return { earliest: (_demand, atMs) => atMs, found: () => undefined };
  const same = new Map<string, number>();
  const dominated = new Float64Array(ROWS * COLUMNS);
  return {
    earliest: ({ key, cores, durationMs }, atMs) => {
      const cell = row(cores) * COLUMNS + column(durationMs);
      return Math.max(atMs, same.get(key) ?? 0, dominated[cell] ?? 0);
    },
    found: ({ key, cores, durationMs, plain }, startMs) => {
      same.set(key, startMs);
      if (anywhere && plain) raise(dominated, row(cores), column(durationMs), startMs);
    },
  };
}

/** Where some nodes are not for everybody, a plain job says nothing of others. */
export function boundsFor(
  { settings }: ClusterView,
  { withdrawn, bounded }: { readonly withdrawn: boolean; readonly bounded: boolean },
): StartBounds {
  const anywhere = !withdrawn && settings.partitions.every(({ nodes }) => nodes === undefined);
  return createStartBounds({ bounded, anywhere });
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
