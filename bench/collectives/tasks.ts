import type { Communicator } from '../../collectives/kernel.ts';
import { heapPerCall } from './heapPerCall.ts';
import type { Garbage } from './heapPerCall.ts';
import { measure } from './measure.ts';
import type { Measured, MeasureOptions } from './measure.ts';

/** What a rank of the benchmark does; rank 0's answer counts. */
export type Task =
  | ({ readonly kind: 'measure' } & MeasureOptions)
  /** Bytes of garbage per call, over so many calls. */
  | { readonly kind: 'heap'; readonly calls: number; readonly lengths: readonly number[] }
  /** Rank 0 is late for a barrier; the others' share of a core while they wait. */
  | { readonly kind: 'waiting'; readonly seconds: number }
  /** All ranks compute; the host looks how late its 10 ms timer is. */
  | { readonly kind: 'compute'; readonly seconds: number }
  /** The first barrier. */
  | { readonly kind: 'start' };

export type Answer = {
  readonly rows: readonly Measured[];
  readonly garbage?: Record<string, Garbage>;
  readonly coreShare?: number;
};

export function perform(comm: Communicator, task: Task): Answer {
  if (task.kind === 'measure') return { rows: measure(comm, task) };
  if (task.kind === 'heap') return { rows: [], garbage: heapPerCall(comm, task) };
  if (task.kind === 'waiting') return { rows: [], coreShare: waiting(comm, task.seconds) };
  comm.barrier();
  if (task.kind === 'compute') {
    const until = performance.now() + task.seconds * 1000;
    let sum = 0;
    while (performance.now() < until) for (let i = 0; i < 1000; i++) sum += Math.sqrt(i);
    if (sum < 0) throw new Error('roots are positive');
  }
  return { rows: [] };
}

function waiting(comm: Communicator, seconds: number): number {
  comm.barrier();
  const before = process.cpuUsage();
  const began = performance.now();
  if (comm.rank === 0) {
    const nobody = new Int32Array(new SharedArrayBuffer(4));
    Atomics.wait(nobody, 0, 0, seconds * 1000);
  }
  comm.barrier();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000 / (performance.now() - began) / Math.max(1, comm.size - 1);
}
