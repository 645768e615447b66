/**
 * A program with a known answer: `workMs` of work that is waiting, so that many ranks run on few
 * cores. Its share `serial` is done by rank 0 alone; of the rest the last rank has so much that the
 * time is that of Amdahl's law with f = `imbalance`. `rounds` collectives of each kind.
 */
import type { Communicator } from '../../collectives/kernel.ts';

export type AmdahlParams = {
  readonly workMs: number;
  readonly serial: number;
  readonly imbalance: number;
  readonly rounds: number;
};

export default function amdahl(comm: Communicator, params: AmdahlParams): number {
  const { workMs, serial, imbalance, rounds } = params;
  const { rank, size } = comm;
  const last = size - 1;
  const parallelMs = ((1 - serial) * workMs) / rounds;
  const mostMs = parallelMs * (1 / size + imbalance * (1 - 1 / size));
  const otherMs = last === 0 ? mostMs : (parallelMs - mostMs) / last;
  for (let round = 0; round < rounds; round++) {
    comm.phase('assemble');
    if (rank === 0) rest((serial * workMs) / rounds);
    comm.barrier();
    comm.phase('compute');
    rest(rank === last ? mostMs : otherMs);
    comm.allreduce(1, 'sum');
  }
  return size;
}

/** Waits without using a core. */
function rest(durationMs: number): void {
  const bell = new Int32Array(new SharedArrayBuffer(4));
  const endMs = performance.now() + durationMs;
  for (let left = durationMs; left > 0; left = endMs - performance.now())
    Atomics.wait(bell, 0, 0, left);
}
