import { parentPort, workerData, Worker, isMainThread } from 'node:worker_threads';
import { openDataPlane } from '../../collectives/dataPlane.ts';
import { connectRank } from '../../collectives/rank.ts';
import type { DataPlane, RankWiring } from '../../collectives/wiring.ts';
import type { PartAddress } from '../../collectives/partAddress.ts';
import { KERNELS } from './kernels/kernels.ts';

/**
 * A small real job host for tests: a process that holds one part of a job at a time. Talks to
 * the test over IPC; each rank is a worker thread that runs a kernel of kernels.ts by name.
 */

export type HostOrder =
  | {
      readonly kind: 'open';
      readonly job: string;
      readonly part: number;
      readonly partOfRank: readonly number[];
      readonly timeoutSeconds?: number;
      readonly receive?: 'descriptor' | 'eventLoop';
    }
  | {
      readonly kind: 'run';
      readonly peers: readonly PartAddress[];
      readonly kernel: string;
      readonly params: unknown;
    }
  | { readonly kind: 'close' }
  | { readonly kind: 'abort'; readonly reason: string };

export type RankOutcome = {
  readonly rank: number;
  readonly value?: unknown;
  readonly error?:
    | (Record<string, unknown> & { readonly name: string; readonly message: string })
    | undefined;
  readonly calls: number;
  readonly blockedSeconds: number;
  readonly bytesSent: number;
};

export type HostReport =
  | { readonly kind: 'opened'; readonly address: PartAddress | undefined }
  | { readonly kind: 'rank'; readonly outcome: RankOutcome }
  /** All ranks have met in a kernel that says so. */
  | { readonly kind: 'met' }
  | { readonly kind: 'failed'; readonly message: string }
  | { readonly kind: 'closed' };

type WorkerInput = {
  readonly wiring: RankWiring;
  readonly kernel: string;
  readonly params: unknown;
};

function fieldsOf(error: unknown): RankOutcome['error'] {
  if (!(error instanceof Error)) return { name: 'thrown', message: String(error) };
  const cause = error.cause instanceof Error ? error.cause.message : undefined;
  return { ...error, name: error.name, message: error.message, cause };
}

async function runRank({ wiring, kernel, params }: WorkerInput): Promise<void> {
  const answer = (part: { value: unknown } | { error: RankOutcome['error'] }): void => {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- no window here
    parentPort?.postMessage(part);
  };
  try {
    const comm = connectRank(wiring, { startsTogether: true });
    const run = KERNELS[kernel];
    if (!run) throw new Error(`no kernel ${kernel}`);
    const value: unknown = await run(comm, params);
    answer({ value });
  } catch (error) {
    answer({ error: fieldsOf(error) });
  }
}

const report = (message: HostReport): void => {
  process.send?.(message);
};

let plane: DataPlane | undefined;
let ranks: number[] = [];
let workers: Worker[] = [];

function startRank(opened: DataPlane, rank: number, order: HostOrder & { kind: 'run' }): void {
  const data: WorkerInput = {
    wiring: opened.wiringOf(rank),
    kernel: order.kernel,
    params: order.params,
  };
  const worker = new Worker(process.argv[1] ?? '', { workerData: data });
  workers.push(worker);
  opened.attach(rank, worker);
  const finish = (part: { value?: unknown; error?: RankOutcome['error'] }): void => {
    opened.rankLeft(rank, part.error?.message);
    const { calls, blockedSeconds, bytesSent } = opened.usageOf(rank);
    const outcome = { rank, calls, blockedSeconds, bytesSent };
    report({ kind: 'rank', outcome: Object.assign(outcome, part) });
  };
  let said = false;
  worker.on('message', (part) => {
    if (part === 'met') return report({ kind: 'met' });
    said = true;
    finish(part);
  });
  worker.on('error', (error) => {
    if (!said) finish({ error: fieldsOf(error) });
    said = true;
  });
  worker.on('exit', (code) => {
    if (!said) finish({ error: { name: 'exit', message: `thread ended with ${code}` } });
    said = true;
  });
}

async function obey(order: HostOrder): Promise<void> {
  if (order.kind === 'open') {
    ranks = order.partOfRank.flatMap((part, rank) => (part === order.part ? [rank] : []));
    workers = [];
    plane = await openDataPlane({
      attempt: order.job,
      part: order.part,
      partOfRank: order.partOfRank,
      weights: order.partOfRank.map(() => 1),
      secret: Buffer.from('a secret of the attempt'),
      listenHost: '127.0.0.1',
      timeoutSeconds: order.timeoutSeconds ?? 0,
      receive: order.receive ?? 'descriptor',
    });
    report({ kind: 'opened', address: plane.address });
  } else if (order.kind === 'run') {
    const opened = plane;
    if (!opened) throw new Error('run without open');
    await opened.connect(order.peers);
    for (const rank of ranks) startRank(opened, rank, order);
  } else if (order.kind === 'abort') {
    plane?.abort(order.reason);
  } else {
    await Promise.all(workers.map((worker) => worker.terminate()));
    await plane?.close();
    plane = undefined;
    report({ kind: 'closed' });
  }
}

if (isMainThread) {
  process.on('message', (order: HostOrder) => {
    obey(order).catch((error: unknown) => {
      report({ kind: 'failed', message: error instanceof Error ? error.message : String(error) });
    });
  });
  process.on('disconnect', () => process.exit(0));
} else {
  await runRank(workerData);
}
