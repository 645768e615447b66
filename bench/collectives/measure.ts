import type { Communicator } from '../../collectives/kernel.ts';

/**
 * The measuring loop of mpibench.c: warm-up, small sizes in batches, a barrier before each
 * sample, the median of many. Rooted operations are timed with a barrier on both sides.
 */
export type MeasureOptions = {
  readonly operations: readonly string[];
  readonly buffers: 'arena' | 'private';
  readonly sizes: readonly number[];
  readonly seconds: number;
};

export type Measured = { readonly op: string; readonly bytes: number; readonly us: number };

type Arrays = {
  readonly data: Float64Array;
  readonly into: { readonly into: Float64Array };
  readonly wide: Float64Array;
  readonly wideInto: { readonly into: Float64Array };
};

const OPERATIONS: Record<string, (comm: Communicator, arrays: Arrays) => void> = {
  allreduce: (comm, { data, into }) => void comm.allreduce(data, 'sum', into),
  bcast: (comm, { data }) => {
    comm.bcast(data, 0);
    comm.barrier();
  },
  scatter: (comm, { wide, into }) => {
    comm.scatter(comm.rank === 0 ? wide : undefined, 0, into);
    comm.barrier();
  },
  gather: (comm, { data, wideInto }) => {
    comm.gather(data, 0, wideInto);
    comm.barrier();
  },
  alltoall: (comm, { wide, wideInto }) => void comm.alltoall(wide, wideInto),
  barrier: (comm) => comm.barrier(),
};

export function measure(comm: Communicator, options: MeasureOptions): Measured[] {
  const { buffers, sizes } = options;
  const most = Math.max(...sizes) / 8;
  const make = (length: number): Float64Array => {
    const array = buffers === 'arena' ? comm.alloc(Float64Array, length) : new Float64Array(length);
    return array.fill(comm.rank + 1);
  };
  const wideNeeded = options.operations.some((name) => /scatter|gather|alltoall/.test(name));
  const wideLength = wideNeeded ? most * comm.size : 0;
  const all = [make(most), make(most), make(wideLength), make(wideLength)] as const;
  const rows: Measured[] = [];
  for (const op of options.operations) {
    for (const bytes of op === 'barrier' ? [8] : sizes) {
      const length = bytes / 8;
      const wide = Math.min(wideLength, length * comm.size);
      const arrays: Arrays = {
        data: all[0].subarray(0, length),
        into: { into: all[1].subarray(0, length) },
        wide: all[2].subarray(0, wide),
        wideInto: { into: all[3].subarray(0, wide) },
      };
      const run = OPERATIONS[op];
      if (run === undefined) continue;
      check(comm, op, arrays);
      const us = median(comm, () => run(comm, arrays), { bytes, seconds: options.seconds });
      rows.push({ op, bytes: op === 'barrier' ? 0 : bytes, us });
    }
  }
  return rows;
}

function check(comm: Communicator, op: string, { data, into }: Arrays): void {
  if (op !== 'allreduce') return;
  const total = comm.allreduce(data, 'sum', into);
  const expected = (comm.size * (comm.size + 1)) / 2;
  if (total[0] !== expected || total.at(-1) !== expected) throw new Error('a wrong sum');
}

/** Small calls are compiled to their best only after tens of thousands. */
const WARM_UP_SECONDS = 0.5;
const WARM_UP_CALLS = 100_000;

function median(
  comm: Communicator,
  run: () => void,
  { bytes, seconds }: { readonly bytes: number; readonly seconds: number },
): number {
  const secondsOf = (calls: number): number => {
    const began = performance.now();
    for (let i = 0; i < calls; i++) run();
    return comm.allreduce(Math.max(1e-4, (performance.now() - began) / calls), 'max') / 1000;
  };
  const most = bytes <= 65536 ? WARM_UP_CALLS : 3;
  const warm = Math.max(1, Math.min(most, Math.floor(WARM_UP_SECONDS / secondsOf(2))));
  const estimate = secondsOf(warm) * 1000;
  const us = estimate * 1000;
  const batch = us < 50 ? Math.min(400, Math.floor(200 / us) + 1) : 1;
  const samples = Math.min(
    5000,
    Math.max(us > 2e5 ? 3 : 7, Math.floor((seconds * 1e6) / (us * batch))),
  );
  const times = new Float64Array(samples);
  for (let i = 0; i < samples; i++) {
    comm.barrier();
    const start = performance.now();
    for (let q = 0; q < batch; q++) run();
    times[i] = ((performance.now() - start) * 1000) / batch;
  }
  times.sort();
  return times[samples >> 1] ?? NaN;
}
