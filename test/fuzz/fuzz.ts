/** Feeds a reader what is nearly right: it must return or refuse, soon. */
import type { Random } from '../../scheduler/sim/random.ts';
import { mutated } from './mutate.ts';
import type { InputReader } from './readers.ts';

export type FuzzCount = {
  readonly inputs: number;
  readonly refused: number;
  readonly crashes: readonly Crash[];
  readonly slow: readonly Crash[];
  readonly slowestMs: number;
};
export type Crash = { readonly reader: string; readonly input: string; readonly why: string };

const SLOW_MS = 50;
/** A slow input counts only if it is slow every time: other processes share the core. */
const TRIES = 5;
const MOST_SHOWN = 5;

export function fuzz(reader: InputReader, random: Random, inputs: number): FuzzCount {
  let refused = 0;
  let slowestMs = 0;
  const crashes: Crash[] = [];
  const slow: Crash[] = [];
  for (let count = 0; count < inputs; count += 1) {
    const input = mutated(random, reader.seeds);
    const began = performance.now();
    const failure = tried(reader, input);
    if (failure === 'refused') refused += 1;
    else if (failure !== undefined) note(crashes, reader, input, failure);
    let tookMs = performance.now() - began;
    if (tookMs <= slowestMs) continue;
    for (let again = 1; tookMs > SLOW_MS && again < TRIES; again += 1) {
      tookMs = Math.min(tookMs, cpuMsOf(reader, input));
    }
    slowestMs = Math.max(slowestMs, tookMs);
    if (tookMs > SLOW_MS) note(slow, reader, input, `${Math.round(tookMs)} ms`);
  }
  return { inputs, refused, crashes, slow, slowestMs };
}

function cpuMsOf(reader: InputReader, input: Buffer): number {
  const before = process.cpuUsage();
  tried(reader, input);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
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
