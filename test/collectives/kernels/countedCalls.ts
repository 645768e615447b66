import type { Communicator } from '../../../collectives/kernel.ts';

/**
 * Rounds of five small calls, either with the same arrays every time or with new ones: what the accounting
 * is told must not depend on that.
 */
export function countedCalls(
  comm: Communicator,
  { rounds, again }: { readonly rounds: number; readonly again: boolean },
): void {
  const arrays = () => [
    comm.alloc(Float64Array, 3),
    comm.alloc(Float64Array, 3),
    new Float64Array(200),
  ];
  const kept = arrays();
  for (let round = 0; round < rounds; round++) {
    const [data, into, privately] = again ? kept : arrays();
    if (!data || !into || !privately) throw new Error('there are three arrays');
    comm.barrier();
    comm.allreduce(data, 'sum', { into });
    comm.allreduce(round, 'max');
    comm.bcast(privately, 1);
    comm.scatter(comm.rank === 0 ? privately : undefined, 0, {
      into: privately.subarray(0, 200 / comm.size),
    });
  }
}
