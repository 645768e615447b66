import { createHash } from 'node:crypto';
import type { Communicator } from '../../../collectives/kernel.ts';

/** A digest of many sums whose last bits depend on the order of the additions. */
export function sameBits(comm: Communicator): string {
  const digest = createHash('sha256');
  for (const length of [1, 3, 100, 1024, 3000, 70_000]) {
    for (const shared of [true, false]) {
      const data = shared ? comm.alloc(Float64Array, length) : new Float64Array(length);
      for (let i = 0; i < length; i++)
        data[i] = Math.sin(i * 7.1 + comm.rank * 3.3) * 10 ** (i % 9);
      digest.update(comm.allreduce(data, 'sum'));
      digest.update(summed(comm, data));
      const pieces = comm.reduceScatter(data.subarray(0, length - (length % comm.size)), 'product');
      digest.update(comm.allgatherv(pieces));
    }
  }
  return digest.digest('hex');
}

function summed(comm: Communicator, data: Float64Array): Float64Array {
  const root = comm.size - 1;
  return comm.bcast(comm.reduce(data, 'sum', { root }), root) as Float64Array;
}
