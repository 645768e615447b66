import { join } from 'node:path';
import { readIfThere, writeDurably } from '../record/durableFile.ts';
import { monotonicMs } from '../process/monotonic.ts';
import type { Parsed } from '../record/shape.ts';
import { BadRecordError, number, object, parseRecord, text } from '../record/shape.ts';

/**
 * The measured speed of one core: 1 is a core that does REFERENCE_ROUNDS_PER_MS rounds of the
 * loop below. One number cannot rank boards for every workload (a Pi 5 is 2 to 4 Pi 4s), so it
 * serves even splits and reports, never correctness. Cached per model and runtime.
 */
const cachedWeight = object({ subject: text, weight: number });
type CachedWeight = Parsed<typeof cachedWeight>;

/** About what a core of a Raspberry Pi 4 at 1.5 GHz does; an estimate until it is measured. */
const REFERENCE_ROUNDS_PER_MS = 180_000;
const ROUNDS = 400_000;
const TRIALS = 25;

export function nodeWeight(options: { readonly home: string; readonly model: string }): number {
  const subject = `${options.model}, Node ${process.version}`;
  const path = join(options.home, 'weight.json');
  const cached = readCached(path);
  if (cached?.subject === subject && cached.weight > 0) return cached.weight;
  const weight = Math.round((measureRoundsPerMs() / REFERENCE_ROUNDS_PER_MS) * 100) / 100;
  const record: CachedWeight = { subject, weight: Math.max(0.01, weight) };
  writeDurably(path, JSON.stringify(record));
  return record.weight;
}

function readCached(path: string): CachedWeight | undefined {
  try {
    return parseRecord(cachedWeight, readIfThere(path)?.toString() ?? '', path);
  } catch (error) {
    if (error instanceof BadRecordError) return undefined;
    throw error;
  }
}

/** The best of some short trials: neighbours on the machine only ever make it slower. */
function measureRoundsPerMs(): number {
  let best = 0;
  for (let trial = 0; trial < TRIALS; trial += 1) {
    const before = monotonicMs();
    loop(ROUNDS);
    best = Math.max(best, ROUNDS / Math.max(0.001, monotonicMs() - before));
  }
  return best;
}

/** Integer and floating-point work in equal parts, in registers. */
function loop(rounds: number): number {
  let integer = 1;
  let real = 1;
  for (let i = 0; i < rounds; i += 1) {
    integer = (Math.imul(integer, 1_664_525) + 1_013_904_223) | 0;
    real = real * 0.999_999 + (integer & 255) * 1e-9;
  }
  return integer + real;
}
