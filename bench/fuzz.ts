/**
 * `npm run fuzz -- [--inputs N] [--seed S] [--reader NAME] [--json]`: inputs that are nearly right,
 * shared among all readers of what others wrote, and handlers of messages (test/fuzz). Nothing may crash, or
 * take 50 ms of its thread's processor time every time it is tried.
 */
import { createRandom } from '../scheduler/sim/random.ts';
import type { Crash } from '../test/fuzz/fuzz.ts';
import { fuzz } from '../test/fuzz/fuzz.ts';
import { READERS } from '../test/fuzz/readers.ts';
import { wholeNumberAfter } from './wholeNumberAfter.ts';

export type FuzzBench = {
  readonly inputs: number;
  readonly refused: number;
  readonly crashes: number;
  readonly slow: number;
  readonly slowestMs: number;
  readonly rssGrowthBytes: number;
  readonly cpuMs: number;
  readonly shown: readonly Crash[];
};

const DEFAULT_INPUTS = 100_000;
/** Memory is looked at after so many inputs of each reader, when all code is warm. */
const WARM_UP = 2_000;

export async function run(argv: string[]): Promise<FuzzBench> {
  const inputs = wholeNumberAfter(argv, '--inputs') ?? DEFAULT_INPUTS;
  const seed = wholeNumberAfter(argv, '--seed') ?? 1;
  const at = argv.indexOf('--reader');
  const readers = at < 0 ? READERS : READERS.filter(({ name }) => name === argv[at + 1]);
  if (readers.length === 0) {
    throw new RangeError(`--reader needs one of ${READERS.map(({ name }) => name).join(', ')}`);
  }
  for (const reader of readers) fuzz(reader, createRandom(seed + 1_000), WARM_UP);
  const began = process.cpuUsage();
  const rssBytes = process.memoryUsage.rss();
  const each = Math.ceil(inputs / readers.length);
  const counts = readers.map((reader, index) => {
    const count = fuzz(reader, createRandom(seed * 7_919 + index), each);
    process.stderr.write(`${reader.name}: slowest ${count.slowestMs.toFixed(1)} ms\n`);
    return count;
  });
  const { user, system } = process.cpuUsage(began);
  const shown = counts.flatMap(({ crashes, slow }) => [...crashes, ...slow]);
  if (shown.length > 0) process.exitCode = 1;
  const sum = (of: (count: (typeof counts)[number]) => number): number =>
    counts.reduce((total, count) => total + of(count), 0);
  return {
    inputs: sum((count) => count.inputs),
    refused: sum((count) => count.refused),
    crashes: sum(({ crashes }) => crashes.length),
    slow: sum(({ slow }) => slow.length),
    slowestMs: Math.max(...counts.map(({ slowestMs }) => slowestMs)),
    rssGrowthBytes: Math.max(0, process.memoryUsage.rss() - rssBytes),
    cpuMs: Math.round((user + system) / 1_000),
    shown,
  };
}
