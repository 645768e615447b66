import { getHeapStatistics } from 'node:v8';
import type { Communicator } from '../../collectives/kernel.ts';

/** Bytes of garbage per call: of the best batch, of the median one, and over all calls. */
export type Garbage = {
  readonly least: number;
  readonly median: number;
  readonly mean: number;
  /** Batches in which garbage was collected, which tell nothing else. */
  readonly collected: number;
};

/** What a call leaves on this rank's heap, for every collective with a quick path. */
export function heapPerCall(
  comm: Communicator,
  { calls, lengths }: { readonly calls: number; readonly lengths: readonly number[] },
): Record<string, Garbage> {
  const garbage: Record<string, Garbage> = {};
  const nothing = measure(() => undefined, calls).least;
  const less = (bytes: number): number => Number(Math.max(0, bytes - nothing).toFixed(3));
  for (const length of lengths) {
    for (const [name, run] of Object.entries(operations(comm, length))) {
      const { least, median, mean, collected } = measure(run, calls);
      const found = { least: less(least), median: less(median), mean: less(mean), collected };
      garbage[`${name} of ${length}`] = found;
      comm.barrier();
    }
  }
  return garbage;
}

function operations(comm: Communicator, length: number): Record<string, () => unknown> {
  const make = (count: number): Float64Array => comm.alloc(Float64Array, count);
  const [data, into] = [make(length), { into: make(length) }];
  const [wide, wideInto] = [make(length * comm.size), { into: make(length * comm.size) }];
  const source = comm.rank === 0 ? wide : undefined;
  return {
    barrier: () => comm.barrier(),
    number: () => comm.allreduce(1, 'sum'),
    allreduce: () => comm.allreduce(data, 'sum', into),
    bcast: () => comm.bcast(data, 0),
    gather: () => comm.gather(data, 0, wideInto),
    allgather: () => comm.allgather(data, wideInto),
    scatter: () => comm.scatter(source, 0, into),
    alltoall: () => comm.alltoall(wide, wideInto),
  };
}

const BATCH = 1000;
const WARM_UP = 20_000;

/**
 * Garbage only grows until it is collected: batches in which that happened are left out. A rank that loses
 * its core sleeps in a call, which costs objects: they are in the mean, hardly in the median.
 */
function measure(run: () => unknown, calls: number): Garbage {
  for (let i = 0; i < WARM_UP; i++) run();
  const batches = new Float64Array(Math.ceil(calls / BATCH));
  let counted = 0;
  for (let batch = 0; batch < batches.length; batch++) {
    const before = getHeapStatistics().used_heap_size;
    for (let i = 0; i < BATCH; i++) run();
    const grown = getHeapStatistics().used_heap_size - before;
    if (grown >= 0) batches[counted++] = grown / BATCH;
  }
  const sorted = batches.subarray(0, counted).sort();
  const mean = sorted.reduce((sum, bytes) => sum + bytes, 0) / counted;
  const collected = batches.length - counted;
  return { least: sorted[0] ?? NaN, median: sorted[counted >> 1] ?? NaN, mean, collected };
}
