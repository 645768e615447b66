/** Feeds a reader what is nearly right: it must return or refuse, soon. */
import { readFileSync } from 'node:fs';
import type { Random } from '../../scheduler/sim/random.ts';
import { mutated } from './mutate.ts';
import type { InputReader } from './readers.ts';

export type FuzzCount = {
  readonly inputs: number;
  readonly refused: number;
  readonly crashes: readonly Crash[];
  readonly slow: readonly Crash[];
  /** Processor time of this thread, the least of some tries. */
  readonly slowestMs: number;
};
export type Crash = { readonly reader: string; readonly input: string; readonly why: string };

const SLOW_MS = 50;
/** A slow input counts only if it is slow every time: compilation and collection happen once. */
const TRIES = 5;
const MOST_SHOWN = 5;
const SHOWN_STACK = 10;

export function fuzz(reader: InputReader, random: Random, inputs: number): FuzzCount {
  let refused = 0;
  let slowestMs = 0;
  const crashes: Crash[] = [];
  const slow: Crash[] = [];
  const usual = Error.stackTraceLimit;
  try {
    for (let count = 0; count < inputs; count += 1) {
      const input = mutated(random, reader.seeds);
      // Half the time of a reader that refuses would go into stacks that nobody looks at.
      Error.stackTraceLimit = 0;
      const began = performance.now();
      const failure = tried(reader, input);
      const tookMs = performance.now() - began;
      Error.stackTraceLimit = SHOWN_STACK;
      if (failure === 'refused') refused += 1;
      else if (failure !== undefined) note(crashes, reader, input, tried(reader, input) ?? failure);
      // No thread has more processor time than has passed.
      if (tookMs <= slowestMs) continue;
      const cpuMs = leastCpuMs(reader, input);
      slowestMs = Math.max(slowestMs, cpuMs);
      if (cpuMs > SLOW_MS) note(slow, reader, input, `${Math.round(cpuMs)} ms`);
    }
  } finally {
    Error.stackTraceLimit = usual;
  }
  return { inputs, refused, crashes, slow, slowestMs };
}

/** Of one try, or of several when that one was slow. */
function leastCpuMs(reader: InputReader, input: Buffer): number {
  let leastMs = Number.POSITIVE_INFINITY;
  for (let count = 0; count < TRIES && leastMs > SLOW_MS; count += 1) {
    const beganMs = threadCpuMs();
    tried(reader, input);
    leastMs = Math.min(leastMs, threadCpuMs() - beganMs);
  }
  return leastMs;
}

/** What the kernel has counted for this thread alone, as of its last tick; not the collector's helpers. */
function threadCpuMs(): number {
  const [ranNs] = readFileSync('/proc/thread-self/schedstat', 'utf8').split(' ');
  return Number(ranNs) / 1e6;
}

/** 'refused', what else it threw, or undefined. */
function tried({ read, refusals }: InputReader, input: Buffer): string | undefined {
  try {
    read(input);
    return undefined;
  } catch (error) {
    if (refusals.some((kind) => error instanceof kind)) return 'refused';
    return error instanceof Error ? (error.stack ?? error.message) : String(error);
  }
}

function note(list: Crash[], reader: InputReader, input: Buffer, why: string): void {
  if (list.length >= MOST_SHOWN) return;
  const text = input.length > 2_000 ? input.subarray(0, 2_000) : input;
  list.push({ reader: reader.name, input: text.toString('base64'), why });
}
