import { pathToFileURL } from 'node:url';
import { parentPort, workerData } from 'node:worker_threads';
import { connectRank } from '../../collectives/rank.ts';

/** One rank of a test: a thread with a real communicator that runs a bundled kernel. */
const { wiring, kernelPath, params } = workerData;
try {
  const { default: kernel } = await import(pathToFileURL(kernelPath).href);
  const result: unknown = await kernel(connectRank(wiring), params);
  parentPort?.postMessage({ kind: 'returned', result });
} catch (error) {
  const failure = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  parentPort?.postMessage({ kind: 'failed', failure });
}
