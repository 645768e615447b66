import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDiskTrouble, readIfThere } from '../record/durableFile.ts';
import { BadRecordError, number, object, parseRecord, text } from '../record/shape.ts';
import { monotonicMs } from '../process/monotonic.ts';
import { integrated, type Integral, NOTHING_YET } from './integral.ts';
import type { PowerSource } from './powerSource.ts';

/**
 * The agent reads the board's meter, once for all parts, and keeps what was drawn since it began in
 * `power.json`: job hosts look there. A file that grows old is no reading.
 */
const SAMPLE_MS = 2_000;
/** A meter that says nothing so often has nothing to say. */
const MOST_FAILURES = 5;

const record = object({ how: text, joules: number, atMs: number });
export type BoardEnergy = {
  readonly how: 'metered' | 'pmic';
  readonly joules: number;
  /** On the clock that all processes of the board share. */
  readonly atMs: number;
};

const pathIn = (home: string): string => join(home, 'power.json');

/** Returns what ends it. */
export function startBoardMeter(home: string, source: PowerSource): () => void {
  let integral: Integral = NOTHING_YET;
  let reading = false;
  let failures = 0;
  const sample = async (): Promise<void> => {
    if (reading) return;
    reading = true;
    const found = await source.read().finally(() => (reading = false));
    failures = found ? 0 : failures + 1;
    if (failures >= MOST_FAILURES) return stop();
    if (!found) return;
    integral = integrated(integral, found, monotonicMs());
    const { joules, atMs } = integral;
    if (atMs !== undefined) keep(home, { how: source.how, joules, atMs });
  };
  const timer = setInterval(() => void sample(), SAMPLE_MS);
  timer.unref();
  const stop = (): void => {
    clearInterval(timer);
    rmSync(pathIn(home), { force: true });
  };
  void sample();
  return stop;
}

/** Whole or not at all, but not durably: it is worth nothing after the next boot. */
function keep(home: string, energy: BoardEnergy): void {
  try {
    writeFileSync(`${pathIn(home)}.new`, JSON.stringify(energy));
    renameSync(`${pathIn(home)}.new`, pathIn(home));
  } catch (error) {
    if (!isDiskTrouble(error)) throw error;
  }
}

/** Undefined when no meter is read. */
export function readBoardEnergy(home: string): BoardEnergy | undefined {
  try {
    const bytes = readIfThere(pathIn(home));
    if (!bytes) return undefined;
    const { how, joules, atMs } = parseRecord(record, bytes.toString(), 'power.json');
    return how === 'metered' || how === 'pmic' ? { how, joules, atMs } : undefined;
  } catch (error) {
    if (error instanceof BadRecordError) return undefined;
    throw error;
  }
}
