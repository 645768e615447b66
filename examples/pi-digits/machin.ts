/**
 * Pi by another road, to check the first: Machin's formula of 1706,
 * pi = 16 arctan(1/5) - 4 arctan(1/239), in whole numbers. It shares nothing with
 * chudnovsky.ts; its time grows with the square of the digits, so it checks a prefix.
 */
const GUARD_DIGITS = 10;

/** `3` and `digits` decimals without the point. */
export function machinDigits(digits: number): string {
  const one = 10n ** BigInt(digits + GUARD_DIGITS);
  const scaledPi = 16n * arcTangentOfInverse(5n, one) - 4n * arcTangentOfInverse(239n, one);
  const text = scaledPi.toString();
  return text.slice(0, text.length - GUARD_DIGITS);
}

/** arctan(1/x) times `one`. */
function arcTangentOfInverse(x: bigint, one: bigint): bigint {
  let power = one / x;
  let sum = power;
  for (let k = 3n; power !== 0n; k += 2n) {
    power /= -(x * x);
    sum += power / k;
  }
  return sum;
}
