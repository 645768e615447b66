import { execFileSync } from 'node:child_process';
import { readlinkSync } from 'node:fs';
import { Worker, isMainThread, parentPort, workerData } from 'node:worker_threads';
import { openDataPlane } from '../../collectives/dataPlane.ts';
import { connectRank } from '../../collectives/rank.ts';
import type { PartAddress, RankWiring } from '../../collectives/wiring.ts';
import { measure } from './measure.ts';
import type { MeasureOptions } from './measure.ts';

/** A host process of the benchmark: one part, its ranks pinned one to a core. */

export type BenchStart = {
  readonly part: number;
  readonly partOfRank: readonly number[];
  readonly cores: number;
  readonly options: MeasureOptions;
  readonly receive: 'descriptor' | 'eventLoop';
};

type RankInput = { readonly wiring: RankWiring; readonly start: BenchStart };

async function host(start: BenchStart, peersOf: Promise<readonly PartAddress[]>): Promise<void> {
  const { part, partOfRank, receive } = start;
  const plane = await openDataPlane({
    attempt: 'bench.1',
    part,
    partOfRank,
    weights: partOfRank.map(() => 1),
    secret: Buffer.from('the secret of the benchmark'),
    listenHost: '127.0.0.1',
    receive,
  });
  process.send?.({ address: plane.address });
  await plane.connect(await peersOf);
  let running = 0;
  for (const [rank, of] of partOfRank.entries()) {
    if (of !== part) continue;
    running += 1;
    const input: RankInput = { wiring: plane.wiringOf(rank), start };
    const worker = new Worker(process.argv[1] ?? '', { workerData: input });
    plane.attach(rank, worker);
    worker.on('message', (rows) => process.send?.({ rank, rows }));
    worker.on('exit', (code) => {
      plane.rankLeft(rank, code === 0 ? undefined : `code ${code}`);
      running -= 1;
      if (running === 0) void plane.close().then(() => process.disconnect());
    });
  }
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
  const rows = measure(connectRank(wiring), start.options);
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- no window here
  parentPort?.postMessage(rows);
}
