import type { Garbage } from './heapPerCall.ts';
import { instrumentationUs } from './instrumentation.ts';
import { runOurs } from './ours.ts';
import { mpirunStartMs } from './peers.ts';

/** What is not a pair of times: garbage, idle ranks, the host's timer, the start, the accounting. */
export type Alone = {
  /** Bytes of garbage per call, in batches of a thousand of `heapCalls` calls. */
  readonly garbage: Record<string, Garbage>;
  readonly heapCalls: number;
  /** Share of a core that a rank costs which waits for another. */
  readonly waitingCoreShare: number;
  /** Lateness of the host's 10 ms timer, 99th percentile, with a rank computing on every core. */
  readonly heartbeatLateMs: number;
  /** Process start to the first barrier of four ranks; Open MPI's until mpirun ends. */
  readonly startMs: number;
  readonly mpirunMs: number | null;
  readonly startRatio: number | null;
  readonly instrumentationUs: number;
  /** Of an allreduce of one number by two ranks. */
  readonly instrumentationShare: number;
};

const HERE = { partOfRank: [0, 0] };
const STARTS = 5;

export async function aloneChecks(
  bundle: string,
  binary: string | undefined,
  quick: boolean,
): Promise<Alone> {
  const heapCalls = quick ? 20_000 : 1_000_000;
  const heap = { kind: 'heap', calls: heapCalls, lengths: [1, 128] } as const;
  const { garbage = {} } = await runOurs(bundle, HERE, heap);
  const { coreShare = NaN } = await runOurs(bundle, HERE, { kind: 'waiting', seconds: 2 });
  const { lateMs } = await runOurs(bundle, HERE, { kind: 'compute', seconds: 2 });
  const ours: number[] = [];
  const theirs: number[] = [];
  for (let i = 0; i < STARTS; i++) {
    const start = await runOurs(bundle, { partOfRank: [0, 0, 0, 0] }, { kind: 'start' });
    ours.push(start.elapsedMs);
    if (binary !== undefined) theirs.push(mpirunStartMs(binary, 4));
  }
  const startMs = Math.min(...ours);
  const mpirunMs = theirs.length === 0 ? null : Math.min(...theirs);
  const bookkeeping = instrumentationUs();
  const small = { kind: 'measure', operations: ['allreduce'], buffers: 'arena' } as const;
  const { rows } = await runOurs(bundle, HERE, { ...small, sizes: [8], seconds: 0.2 });
  return {
    garbage,
    heapCalls,
    waitingCoreShare: coreShare,
    heartbeatLateMs: lateMs,
    startMs,
    mpirunMs,
    startRatio: mpirunMs === null ? null : startMs / mpirunMs,
    instrumentationUs: bookkeeping,
    instrumentationShare: bookkeeping / (rows[0]?.us ?? NaN),
  };
}
