import type { Communicator } from '../../../collectives/kernel.ts';

/** Reductions into one array that all ranks of a node look at. A list of what was wrong. */
export function sharedResults(
  comm: Communicator,
  { lengths }: { readonly lengths: readonly number[] },
): string[] {
  const wrong: string[] = [];
  const { rank, size, node } = comm;
  for (const length of lengths) {
    const into = comm.alloc(Float64Array, length, { shared: true });
    for (const data of [comm.alloc(Float64Array, length), new Float64Array(length)]) {
      for (let round = 1; round < 4; round++) {
        for (let i = 0; i < length; i++) data[i] = rank + round * i;
        const sum = comm.allreduce(data, 'sum', { into });
        const expected = (i: number): number => (size * (size - 1)) / 2 + size * round * i;
        if (sum !== into || !into.every((value, i) => value === expected(i))) {
          wrong.push(`${length} elements, round ${round}`);
        }
        // Nobody changes what others still read.
        comm.barrier();
      }
    }
    if (node.rank === 0) into.fill(-1);
    comm.barrier();
    if (!into.every((value) => value === -1)) wrong.push('not one array');
    comm.barrier();
  }
  return wrong;
}
