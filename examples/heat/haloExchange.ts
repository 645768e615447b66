import type { Communicator } from 'pibatch';
import type { Strip } from './plate.ts';

/**
 * Fills the halo rows of a strip: neighbours swap the rows where their strips meet. Even ranks
 * begin with the neighbour below, odd ones with the neighbour above, so that all pairs swap at
 * once, in two steps for any number of ranks. The outermost halo rows are the cold rim.
 */
export function exchangeHalos(comm: Communicator, strip: Strip): void {
  if (comm.rank % 2 === 0) {
    swapBelow(comm, strip);
    swapAbove(comm, strip);
  } else {
    swapAbove(comm, strip);
    swapBelow(comm, strip);
  }
}

function swapAbove(comm: Communicator, strip: Strip): void {
  const above = comm.rank - 1;
  if (above < 0) return;
  comm.sendrecv(rowOf(strip, 1), { destination: above, source: above, into: rowOf(strip, 0) });
}

function swapBelow(comm: Communicator, strip: Strip): void {
  const below = comm.rank + 1;
  if (below >= comm.size) return;
  const { rowCount } = strip;
  const into = rowOf(strip, rowCount + 1);
  comm.sendrecv(rowOf(strip, rowCount), { destination: below, source: below, into });
}

function rowOf({ cells, width }: Strip, row: number): Float64Array {
  return cells.subarray(row * width, (row + 1) * width);
}
