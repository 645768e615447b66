import { execFileSync } from 'node:child_process';
import { readlinkSync } from 'node:fs';
import { Worker, isMainThread, parentPort, workerData } from 'node:worker_threads';
import { openDataPlane } from '../../collectives/dataPlane.ts';
import { connectRank } from '../../collectives/rank.ts';
import type { RankWiring } from '../../collectives/wiring.ts';
import type { PartAddress } from '../../collectives/partAddress.ts';
import { perform } from './tasks.ts';
import type { Answer, Task } from './tasks.ts';

/** A host process of the benchmark: one part, its ranks pinned one to a core. */

export type BenchStart = {
  readonly part: number;
  readonly partOfRank: readonly number[];
  readonly cores: number;
  readonly task: Task;
  readonly listenHost: string;
};

export type HostMessage =
  | { readonly kind: 'opened'; readonly address: PartAddress | undefined }
  | { readonly kind: 'answer'; readonly rank: number; readonly answer: Answer }
  | { readonly kind: 'late'; readonly lateMs: number };

type RankInput = { readonly wiring: RankWiring; readonly start: BenchStart };

const TIMER_MS = 10;
const tell = (message: HostMessage): void => void process.send?.(message);

async function host(start: BenchStart, peersOf: Promise<readonly PartAddress[]>): Promise<void> {
  const { part, partOfRank, listenHost } = start;
  const plane = await openDataPlane({
    attempt: 'bench.1',
    part,
    partOfRank,
    weights: partOfRank.map(() => 1),
    secret: Buffer.from('the secret of the benchmark'),
    listenHost,
  });
  tell({ kind: 'opened', address: plane.address });
  await plane.connect(await peersOf);
  const lateness = start.task.kind === 'compute' ? watchTimer() : undefined;
  let running = 0;
  for (const [rank, of] of partOfRank.entries()) {
    if (of !== part) continue;
    running += 1;
    const input: RankInput = { wiring: plane.wiringOf(rank), start };
    const worker = new Worker(process.argv[1] ?? '', { workerData: input });
    plane.attach(rank, worker);
    worker.on('message', (answer: Answer) => tell({ kind: 'answer', rank, answer }));
    worker.on('exit', (code) => {
      plane.rankLeft(rank, code === 0 ? undefined : `code ${code}`);
      running -= 1;
      if (running > 0) return;
      if (lateness) tell({ kind: 'late', lateMs: lateness() });
      void plane.close().then(() => process.disconnect());
    });
  }
}

/** The 99th percentile of how late the timer was, in ms. */
function watchTimer(): () => number {
  const late: number[] = [];
  let last = performance.now();
  const timer = setInterval(() => {
    const now = performance.now();
    late.push(Math.max(0, now - last - TIMER_MS));
    last = now;
  }, TIMER_MS);
  return () => {
    clearInterval(timer);
    late.sort((a, b) => a - b);
    return late[Math.floor(late.length * 0.99)] ?? NaN;
  };
}

function pin(core: number): void {
  const thread = readlinkSync('/proc/thread-self').split('/').at(-1) ?? '';
  execFileSync('taskset', ['-pc', String(core), thread], { stdio: 'ignore' });
}

if (isMainThread) {
  let givePeers: (peers: readonly PartAddress[]) => void = () => undefined;
  const peers = new Promise<readonly PartAddress[]>((resolve) => {
    givePeers = resolve;
  });
  process.on('message', (message: { start?: BenchStart; peers?: PartAddress[] }) => {
    if (message.start) void host(message.start, peers);
    if (message.peers) givePeers(message.peers);
  });
} else {
  const { wiring, start }: RankInput = workerData;
  pin(wiring.rank % start.cores);
  const answer = perform(connectRank(wiring), start.task);
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- no window here
  parentPort?.postMessage(answer);
}
