import type { Communicator } from 'pibatch';
import { sweepRows, turnOver } from './plate.ts';
import type { Strip } from './plate.ts';

/**
 * Fills the halo rows of a plate's strip: neighbours swap the rows where their strips meet. Returns at
 * once; what it returns waits until the rows have come. The outermost halo rows are the cold rim.
 */
export function startExchange(
  comm: Communicator,
  { width, rowCount }: Strip,
  cells: Float64Array,
): () => void {
  const rowOf = (row: number): Float64Array => cells.subarray(row * width, (row + 1) * width);
  const neighbours = [
    { rank: comm.rank - 1, own: 1, halo: 0 },
    { rank: comm.rank + 1, own: rowCount, halo: rowCount + 1 },
  ].filter(({ rank }) => rank >= 0 && rank < comm.size);
  const requests = neighbours.flatMap(({ rank, own, halo }) => [
    comm.irecv({ source: rank, into: rowOf(halo) }),
    comm.isend(rowOf(own), rank),
  ]);
  return () => {
    for (const request of requests) request.wait();
  };
}

/**
 * A sweep that leaves fresh halo rows behind: the rows that neighbours need come first, and travel while
 * the others are computed, so that nobody waits for a neighbour that is a little slower. Returns the
 * largest change of any cell.
 */
export function sweep(comm: Communicator, strip: Strip): number {
  const { rowCount } = strip;
  const top = sweepRows(strip, 1, 1);
  const bottom = sweepRows(strip, Math.max(2, rowCount), rowCount);
  const finishExchange = startExchange(comm, strip, strip.spare);
  const inner = sweepRows(strip, 2, rowCount - 1);
  finishExchange();
  turnOver(strip);
  return Math.max(top, bottom, inner);
}
