import { parentPort } from 'node:worker_threads';
import type { Communicator } from '../../../collectives/kernel.ts';

/** Kernels that do something wrong on purpose. */
export const faults: Record<string, (comm: Communicator, params: unknown) => unknown> = {
  differentCollective: (comm) => (comm.rank === 0 ? comm.barrier() : comm.allreduce(1, 'sum')),
  differentOperator: (comm) => comm.allreduce(1, comm.rank === 0 ? 'sum' : 'max'),
  differentCount: (comm) => comm.allreduce(new Float64Array(comm.rank + 1), 'sum'),
  differentType: (comm) =>
    comm.rank === 0
      ? comm.allreduce(new Int32Array(4), 'sum')
      : comm.allreduce(new Float32Array(4), 'sum'),
  differentRoot: (comm) => comm.bcast(Float64Array.of(1), comm.rank === 0 ? 1 : 0),
  crossedRoots: (comm) => comm.bcast(comm.rank, (comm.rank + 1) % comm.size),
  leavesEarly: (comm) => {
    if (comm.rank === 1) return 'left';
    comm.barrier();
    return undefined;
  },
  throws: (comm) => {
    if (comm.rank === comm.size - 1) throw new Error('kernel failure');
    for (;;) comm.allreduce(1, 'sum');
  },
  exits: (comm) => {
    if (comm.rank === 0) process.exit(3);
    comm.barrier();
  },
  waitsForEver: (comm) => {
    comm.barrier();
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- no window here
    parentPort?.postMessage('met');
    for (;;) comm.barrier();
  },
  oneComputes: (comm) => {
    if (comm.rank === 1) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1500);
    comm.barrier();
  },
  operatorThrows: (comm) =>
    comm.allreduce({ n: comm.rank }, () => {
      throw new Error('bad operator');
    }),
  backgroundLost: (comm) => {
    if (comm.rank === 1) return 'left';
    comm.iallreduce(comm.rank, 'sum').wait();
    return undefined;
  },
  promises: async (comm) => {
    const next = (comm.rank + 1) % comm.size;
    const sum = comm.async.allreduce(comm.rank, 'sum');
    const [message] = await Promise.all([
      comm.async.recv<string>({ tag: 5 }),
      comm.async.send(`from ${comm.rank}`, next, 5),
    ]);
    return [await sum, message.value];
  },
  badArguments,
  tooLong: (comm) => {
    if (comm.rank === 0) comm.send(new Float64Array(10), 1);
    if (comm.rank === 1) comm.recv({ source: 0, into: new Float64Array(4) });
  },
};

/** Each must throw by itself and leave the communicator usable. */
function badArguments(comm: Communicator): string[] {
  const names: string[] = [];
  const detached = new Float64Array(4);
  structuredClone(detached, { transfer: [detached.buffer] });
  const tries: (() => unknown)[] = [
    () => comm.bcast(1, comm.size),
    () => comm.bcast(1, 0.5),
    () => comm.reduce(Float64Array.of(1), 'sum', { root: -1 }),
    () => comm.allreduce(detached, 'sum'),
    () => comm.allreduce(Float64Array.of(1), 'bitwiseAnd' as never),
    () => comm.allreduce(1.5, 'bitwiseAnd'),
    () => comm.allreduce(Float64Array.of(1), 'minloc' as never),
    () => comm.allreduce({} as never, 'sum' as never),
    () => comm.allreduce(Float64Array.of(1), 'sum', { into: new Float64Array(2) }),
    () => comm.scatterv(new Float64Array(3), [1], comm.rank),
    () => comm.reduceScatter(new Float64Array(comm.size + 1), 'sum', { counts: [-1] }),
    () => comm.send(1, comm.size),
    () => comm.send(1, 0, -5),
    () => comm.send(() => 1, 0),
    () => comm.alloc(Float64Array, 2 ** 31),
    () => comm.alloc(Float64Array, -1),
    () => comm.split(1.5),
    () => comm.progress(2),
    () => comm.allreduce(1, 'total' as never),
  ];
  for (const [i, attempt] of tries.entries()) {
    try {
      attempt();
      names.push(`${i}: no error`);
    } catch (error) {
      names.push(error instanceof Error ? error.name : String(error));
    }
  }
  comm.barrier();
  return [...new Set(names)];
}
