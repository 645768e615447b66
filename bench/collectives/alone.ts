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

/** By what `--only` may name. */
export const ALONE = ['heap', 'waiting', 'heartbeat', 'start', 'instrumentation'] as const;
export type AlonePart = (typeof ALONE)[number];

export async function aloneChecks(
  bundle: string,
  binary: string | undefined,
  { parts, quick }: { readonly parts: readonly AlonePart[]; readonly quick: boolean },
): Promise<Partial<Alone>> {
  const checks: Record<AlonePart, () => Promise<Partial<Alone>>> = {
    heap: async () => {
      const heapCalls = quick ? 20_000 : 1_000_000;
      const heap = { kind: 'heap', calls: heapCalls, lengths: [1, 128] } as const;
      const { garbage = {} } = await runOurs(bundle, HERE, heap);
      return { garbage, heapCalls };
    },
    waiting: async () => {
      const { coreShare = NaN } = await runOurs(bundle, HERE, { kind: 'waiting', seconds: 2 });
      return { waitingCoreShare: coreShare };
    },
    heartbeat: async () => {
      const { lateMs } = await runOurs(bundle, HERE, { kind: 'compute', seconds: 2 });
      return { heartbeatLateMs: lateMs };
    },
    start: () => start(bundle, binary),
    instrumentation: async () => {
      const bookkeeping = instrumentationUs();
      const small = { kind: 'measure', operations: ['allreduce'], buffers: 'arena' } as const;
      const { rows } = await runOurs(bundle, HERE, { ...small, sizes: [8], seconds: 0.2 });
      const share = bookkeeping / (rows[0]?.us ?? NaN);
      return { instrumentationUs: bookkeeping, instrumentationShare: share };
    },
  };
  let found: Partial<Alone> = {};
  for (const part of parts) found = { ...found, ...(await checks[part]()) };
  return found;
}

async function start(bundle: string, binary: string | undefined): Promise<Partial<Alone>> {
  const ours: number[] = [];
  const theirs: number[] = [];
  for (let i = 0; i < STARTS; i++) {
    const four = await runOurs(bundle, { partOfRank: [0, 0, 0, 0] }, { kind: 'start' });
    ours.push(four.elapsedMs);
    if (binary !== undefined) theirs.push(mpirunStartMs(binary, 4));
  }
  const startMs = Math.min(...ours);
  const mpirunMs = theirs.length === 0 ? null : Math.min(...theirs);
  return { startMs, mpirunMs, startRatio: mpirunMs === null ? null : startMs / mpirunMs };
}
