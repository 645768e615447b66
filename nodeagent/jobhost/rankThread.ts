import { readlinkSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parentPort, workerData } from 'node:worker_threads';
import { connectRank, kernelReturned } from '../../collectives/rank.ts';
import { threadCpuMs } from '../process/procfs.ts';
import { OUTPUT_CAP_BYTES, RankOutput } from './rankOutput.ts';
import { checkpointPort } from './rankCheckpoints.ts';
import type { FromRankThread, RankOrder } from './rankOrder.ts';
import { captureConsole } from './threadConsole.ts';

/**
 * A rank's thread: loads the kernel, calls it, says how it went. A kernel that computes never
 * reaches its event loop, so nothing here waits for it: output is written directly, messages
 * are posted. `process.exit` would end the thread silently; here it is a failure with a name.
 */
const order: RankOrder = workerData;
const thread = Number(readlinkSync('/proc/thread-self').split('/').at(-1));
const output = new RankOutput(order.outputPath, OUTPUT_CAP_BYTES);
// The rule is about windows; a port has no origin.
// oxlint-disable-next-line unicorn/require-post-message-target-origin
const say = (message: FromRankThread): void => parentPort?.postMessage(message);
/** Where this program and what it shares with others lies. */
const PROGRAM_FOLDER = dirname(dirname(import.meta.dirname));
const cpuMs = (): number => threadCpuMs(thread) ?? 0;

function fail(failure: string, code: number, error?: unknown): void {
  say({ kind: 'failed', failure, peerLost: isPeerLost(error), code, cpuMs: cpuMs() });
}

/** An abort of this part ends its ranks by itself: one that a rank tells of came from another. */
const LOSSES = new Set(['RankLostError', 'CollectiveAbortedError']);

/** Also for a kernel that wrapped what it caught. */
function isPeerLost(error: unknown): boolean {
  return error instanceof Error && (LOSSES.has(error.name) || isPeerLost(error.cause));
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return `threw ${JSON.stringify(error) ?? String(error)}`;
  const place = placeIn(error.stack ?? '');
  const where = place ? ` (${place.replace(/^.*\//, '')})` : '';
  return `threw ${error.name}: ${error.message}${where}`;
}

/** The innermost line of the user's own code, else the innermost of all. */
function placeIn(stack: string): string | undefined {
  const places = stack
    .split('\n')
    .filter((line) => line.trimStart().startsWith('at '))
    .flatMap((line) => /\(?((?:file:\/\/)?[^\s()]+:\d+:\d+)\)?/.exec(line)?.[1] ?? []);
  return places.find((place) => !place.includes(PROGRAM_FOLDER)) ?? places[0];
}

function tell(error: unknown): void {
  const text = error instanceof Error ? (error.stack ?? String(error)) : String(error);
  output.write(Buffer.from(`${text}\n`));
}

type KernelFunction = (comm: unknown, params: unknown) => unknown;

async function loadKernel(): Promise<KernelFunction | undefined> {
  let module: Readonly<Record<string, unknown>>;
  try {
    module = await import(pathToFileURL(order.kernelPath).href);
  } catch (error) {
    tell(error);
    fail(`could not load ${order.kernelName}: ${describe(error)}`, 1);
    return undefined;
  }
  const kernel = module['default'];
  if (isKernel(kernel)) return kernel;
  const exported = Object.keys(module).join(', ') || 'nothing';
  const problem =
    `found no kernel in ${order.kernelName}: it exports ${exported}; write ` +
    "'export default function (comm, params) { ... }'";
  output.write(Buffer.from(`pibatch: ${problem}\n`));
  fail(problem, 1);
  return undefined;
}

const isKernel = (value: unknown): value is KernelFunction => typeof value === 'function';

/** Rank 0's return value is the job's result. Throws what JSON.stringify throws. */
function keepResult(value: unknown): void {
  if (order.wiring.rank !== 0) return;
  let json: string | undefined;
  try {
    json = JSON.stringify(value);
  } catch (cause) {
    throw new TypeError(`the kernel's return value cannot be JSON: ${String(cause)}`, { cause });
  }
  if (json !== undefined) writeFileSync(order.resultPath, json);
}

async function run(): Promise<void> {
  const kernel = await loadKernel();
  if (!kernel) return;
  try {
    const params: unknown = order.paramsJson === '' ? undefined : JSON.parse(order.paramsJson);
    const comm = connectRank(order.wiring, {
      startsTogether: true,
      onProgress: (fraction) => say({ kind: 'progress', fraction }),
      checkpoints: checkpointPort(order.wiring.rank, order.checkpoints, (sequence) =>
        say({ kind: 'checkpointed', sequence }),
      ),
      signalled: () => Atomics.exchange(order.signal, 0, 0),
    });
    const result = await kernel(comm, params);
    kernelReturned(order.wiring);
    keepResult(result);
    say({ kind: 'returned', cpuMs: cpuMs() });
  } catch (error) {
    tell(error);
    fail(describe(error), 1, error);
  }
}

function trapExit(code?: number | string | null): never {
  const given = Number(code ?? process.exitCode ?? 0) || 0;
  fail(`called process.exit(${given}) instead of returning`, given === 0 ? 1 : given & 0xff);
  throw new Error('process.exit ends a rank');
}

process.setSourceMapsEnabled(true);
captureConsole(output);
process.exit = trapExit;
for (const event of ['uncaughtException', 'unhandledRejection'])
  process.on(event, (error: unknown) => {
    tell(error);
    fail(describe(error), 1, error);
  });
say({ kind: 'started', thread });
await run();
