import { constants } from 'node:os';
import { statSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import type { DataPlane } from '../../collectives/wiring.ts';
import type { Rank, RankEnd } from './rank.ts';
import { SUCCESS } from './rank.ts';
import { OUTPUT_CAP_BYTES } from './rankOutput.ts';
import type { CheckpointOrder } from './rankCheckpoints.ts';
import type { FromRankThread, RankOrder } from './rankOrder.ts';

/** A rank that is a worker thread of this process: the host's side of rankThread.ts. */
export type KernelRankOptions = {
  readonly rank: number;
  readonly threadFile: string;
  readonly plane: DataPlane;
  readonly kernelPath: string;
  readonly kernelName: string;
  readonly paramsJson: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly outputPath: string;
  readonly resultPath: string;
  /** 0: no limit. */
  readonly memoryBytes: number;
  readonly onThread: (thread: number) => void;
  readonly onCpu: (cpuMs: number) => void;
  readonly onProgress: (fraction: number) => void;
  readonly checkpoints: CheckpointOrder;
  readonly onCheckpoint: (sequence: number) => void;
};

const MIB = 2 ** 20;
const SMALLEST_HEAP_MIB = 16;
/** An aborted collective throws at once; whoever computes instead is not asked again. */
const UNWIND_MS = 500;
/** A thread blocked in a system call outlives terminate(): the host must die to end it. */
const STUCK_MS = 2_000;

export function startKernelRank(options: KernelRankOptions): Rank {
  const { rank, plane } = options;
  const pending = new Int32Array(new SharedArrayBuffer(4));
  const order: RankOrder = {
    wiring: plane.wiringOf(rank),
    kernelPath: options.kernelPath,
    kernelName: options.kernelName,
    paramsJson: options.paramsJson,
    outputPath: options.outputPath,
    resultPath: options.resultPath,
    checkpoints: options.checkpoints,
    signal: pending,
  };
  const heapMib = Math.max(SMALLEST_HEAP_MIB, Math.floor(options.memoryBytes / MIB));
  const worker = new Worker(options.threadFile, {
    workerData: order,
    env: { ...options.environment },
    stdin: false,
    resourceLimits: options.memoryBytes > 0 ? { maxOldGenerationSizeMb: heapMib } : {},
  });
  plane.attach(rank, worker);
  let killed: (end: RankEnd) => void = () => undefined;
  const stuck = new Promise<RankEnd>((done) => {
    killed = done;
  });
  const kill = (): void => {
    void worker.terminate();
    setTimeout(() => killed({ ...TERMINATED, stuck: true }), STUCK_MS).unref();
  };
  const over = Promise.race([outcomeOf(worker, options), stuck]).then((end) => {
    plane.rankLeft(rank, end.failure);
    return { ...end, truncated: isCut(options.outputPath) };
  });
  return {
    rank,
    over,
    signal: (signal) => {
      if (signal === constants.signals.SIGKILL) kill();
      else Atomics.store(pending, 0, signal);
    },
    end: () => void setTimeout(kill, UNWIND_MS).unref(),
    kill,
  };
}

const TERMINATED: RankEnd = {
  exit: { code: 0, signal: constants.signals.SIGTERM },
  failure: 'was ended',
  outOfMemory: false,
  truncated: false,
  stuck: false,
};

function outcomeOf(worker: Worker, options: KernelRankOptions): Promise<RankEnd> {
  return new Promise((done) => {
    let said: RankEnd | undefined;
    worker.on('message', (message: FromRankThread) => {
      if (message.kind === 'started') options.onThread(message.thread);
      if (message.kind === 'progress') options.onProgress(message.fraction);
      if (message.kind === 'checkpointed') options.onCheckpoint(message.sequence);
      if (message.kind !== 'returned' && message.kind !== 'failed') return;
      options.onCpu(message.cpuMs);
      said ??= message.kind === 'returned' ? RETURNED : toldEnd(message);
      void worker.terminate();
    });
    worker.on('error', (error) => {
      said ??= failureOf(error, options);
    });
    worker.on('exit', (code) => done(said ?? silentEnd(code)));
  });
}

const RETURNED: RankEnd = { ...TERMINATED, exit: SUCCESS, failure: undefined };

const failed = (failure: string, code: number): RankEnd => ({
  ...TERMINATED,
  exit: { code, signal: 0 },
  failure,
});

const toldEnd = ({ failure, code, peerLost }: Failed): RankEnd => ({
  ...failed(failure, code),
  peerLost,
});
type Failed = Extract<FromRankThread, { kind: 'failed' }>;

function failureOf(error: Error, options: KernelRankOptions): RankEnd {
  if ('code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY') {
    const limit = Math.floor(options.memoryBytes / MIB);
    const failure = `ran out of memory: its heap reached the ${limit} MiB of memory-per-rank`;
    return { ...failed(failure, 0), exit: { code: 0, signal: 9 }, outOfMemory: true };
  }
  return failed(`threw ${String(error)}`, 1);
}

/** The thread left without a word: terminated by us, or its event loop ran dry. */
function silentEnd(code: number): RankEnd {
  const UNSETTLED = [0, 13];
  if (!UNSETTLED.includes(code)) return TERMINATED;
  return failed('never finished: its kernel awaits something that can no longer happen', 1);
}

function isCut(path: string): boolean {
  return (statSync(path, { throwIfNoEntry: false })?.size ?? 0) > OUTPUT_CAP_BYTES;
}
