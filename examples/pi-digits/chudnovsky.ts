import { squareRoot } from './squareRoot.ts';

/**
 * Pi by the series of D. and G. Chudnovsky (1988), summed by binary splitting: a range of
 * terms is three integers, and two neighbouring ranges merge into one by a few products.
 * Merging is associative, so the ranges may be computed anywhere, as long as neighbours are
 * merged in order. Every term gives 14.18 digits.
 * Source: Haible, Papanikolaou, "Fast multiprecision evaluation of series of rational
 * numbers" (1998).
 */
export type TermRange = { readonly p: bigint; readonly q: bigint; readonly t: bigint };

const DIGITS_PER_TERM = Math.log10(640320 ** 3 / 24 / 72);
const GUARD_DIGITS = 10;
const CUBE = 640320n ** 3n / 24n;

export function termsFor(digits: number): number {
  return Math.floor(digits / DIGITS_PER_TERM) + 2;
}

/** The terms `first` to `end - 1`; no terms leave any neighbour as it is when merged. */
export function splitRange(first: number, end: number): TermRange {
  if (end <= first) return { p: 1n, q: 1n, t: 0n };
  if (end - first === 1) return term(first);
  const middle = (first + end) >> 1;
  return mergeRanges(splitRange(first, middle), splitRange(middle, end));
}

/** `left` must end where `right` begins. */
export function mergeRanges(left: TermRange, right: TermRange): TermRange {
  return {
    p: left.p * right.p,
    q: left.q * right.q,
    t: right.q * left.t + left.p * right.t,
  };
}

function term(index: number): TermRange {
  const k = BigInt(index);
  const p = index === 0 ? 1n : (6n * k - 5n) * (2n * k - 1n) * (6n * k - 1n);
  const q = index === 0 ? 1n : k * k * k * CUBE;
  const t = p * (13591409n + 545140134n * k);
  return { p, q, t: index % 2 === 0 ? t : -t };
}

/** The square root of 10005, scaled for `digits` digits. */
export function scaledRoot(digits: number): bigint {
  const one = 10n ** BigInt(digits + GUARD_DIGITS);
  return squareRoot(10005n * one * one);
}

/** `3` and `digits` decimals without the point, from all terms and the scaled root. */
export function digitsOfPi({ q, t }: TermRange, root: bigint): string {
  const text = ((q * 426880n * root) / t).toString();
  return text.slice(0, text.length - GUARD_DIGITS);
}
