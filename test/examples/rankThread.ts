import { pathToFileURL } from 'node:url';
import { parentPort, workerData } from 'node:worker_threads';
import { connectRank } from '../../collectives/rank.ts';
import type { RankEnd } from './kernelRun.ts';

/** One rank of a test: a thread with a real communicator that runs a bundled kernel. */
const { wiring, kernelPath, params } = workerData;

const say = (end: RankEnd): void => {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- no window here
  parentPort?.postMessage(end);
};

try {
  const { default: kernel } = await import(pathToFileURL(kernelPath).href);
  say({ kind: 'returned', result: await kernel(connectRank(wiring), params) });
} catch (error) {
  const failure = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  say({ kind: 'failed', failure });
}
