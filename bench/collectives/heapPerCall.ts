import { getHeapStatistics } from 'node:v8';
import type { Communicator } from '../../collectives/kernel.ts';

/** Bytes of garbage that a call leaves on this rank, for every collective with a quick path. */
export function heapPerCall(
  comm: Communicator,
  { calls, lengths }: { readonly calls: number; readonly lengths: readonly number[] },
): Record<string, number> {
  const garbage: Record<string, number> = {};
  const nothing = measure(() => undefined, calls);
  for (const length of lengths) {
    for (const [name, run] of Object.entries(operations(comm, length))) {
      garbage[`${name} of ${length}`] = Math.max(0, measure(run, calls) - nothing);
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

/** The best of many batches: a rank that loses its core sleeps in a call, which costs an object. */
function measure(run: () => unknown, calls: number): number {
  for (let i = 0; i < WARM_UP; i++) run();
  let least = Number.POSITIVE_INFINITY;
  for (let done = 0; done < calls; done += BATCH) {
    const before = getHeapStatistics().used_heap_size;
    for (let i = 0; i < BATCH; i++) run();
    const grown = getHeapStatistics().used_heap_size - before;
    if (grown >= 0) least = Math.min(least, grown);
  }
  return least / BATCH;
}
