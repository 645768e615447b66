import { writeFileSync } from 'node:fs';
import type { Communicator } from 'pibatch';
import { wholeNumber } from '../parameter.ts';
import { sharesOf } from '../share.ts';
import { startStopwatch } from '../stopwatch.ts';
import { mustEqual } from '../wrongAnswer.ts';
import { digitsOfPi, mergeRanges, scaledRoot, splitRange, termsFor } from './chudnovsky.ts';
import { KNOWN_DIGITS } from './knownDigits.ts';
import { machinDigits } from './machin.ts';

/**
 * Digits of pi. Each rank sums its own range of terms; `reduce` merges neighbouring ranges in
 * rank order with mergeRanges as the operator. The last rank then takes the square root while
 * others merge. Division and conversion to decimal stay on rank 0 and limit the speedup.
 */
const MOST_MACHIN_DIGITS = 5_000;

export default function piDigits(comm: Communicator, params: unknown): unknown {
  const digits = wholeNumber(params, 'digits', { otherwise: 1_000_000, least: 1, most: 5e7 });
  const stopwatch = startStopwatch();

  comm.phase('split');
  const share = sharesOf(termsFor(digits), comm.weights)[comm.rank] ?? { first: 0, end: 0 };
  const range = splitRange(share.first, share.end);
  stopwatch.lap('split');

  comm.phase('merge');
  const allTerms = comm.reduce(range, mergeRanges, { root: 0 });
  const lastRank = comm.size - 1;
  const scaled = comm.rank === lastRank ? scaledRoot(digits) : 0n;
  if (comm.rank !== 0) {
    if (comm.rank === lastRank) comm.send(scaled, 0);
    return undefined;
  }
  const root = lastRank === 0 ? scaled : comm.recv<bigint>({ source: lastRank }).value;
  stopwatch.lap('mergeAndRoot');
  comm.progress(0.6);

  comm.phase('divide');
  if (allTerms === undefined) throw new Error('rank 0 is the root of the reduction');
  const text = digitsOfPi(allTerms, root);
  stopwatch.lap('divideAndConvert');

  comm.phase('verify');
  const placesChecked = verify(text, digits);
  stopwatch.lap('verify');
  writeFileSync('pi.txt', `3.${text.slice(1)}\n`);
  console.log(`pi = 3.${text.slice(1, 51)}... (${digits} decimals in pi.txt)`);
  return {
    answer: `3.${text.slice(1, 51)}`,
    verified: true,
    digits,
    lastDigits: text.slice(-10),
    placesChecked,
    measured: { phaseSeconds: stopwatch.seconds },
    learn: 'Splitting is shared by all ranks; root, division and conversion are not (Amdahl).',
  };
}

/** Compares with Machin's formula and published digits. Errors: WrongAnswerError. */
function verify(text: string, digits: number): number[] {
  mustEqual('number of digits', { computed: text.length, expected: digits + 1 });
  const prefix = Math.min(digits, MOST_MACHIN_DIGITS);
  const byMachin = machinDigits(prefix);
  mustEqual('first digits', { computed: text.slice(0, prefix + 1), expected: byMachin });
  const places = [...KNOWN_DIGITS].filter(([place]) => place <= digits);
  for (const [place, expected] of places) {
    const computed = text.slice(place - 9, place + 1);
    mustEqual(`decimals that end at place ${place}`, { computed, expected });
  }
  return places.map(([place]) => place);
}
