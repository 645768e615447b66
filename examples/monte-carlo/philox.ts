/**
 * Philox 4x32-10: a random number generator without a state. Block `counter` of stream `key`
 * is a function of the two, so any rank can make any part of the sequence, and a result does
 * not depend on how many ranks shared the work.
 * Source: Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3" (SC 2011).
 */
export type Words = [w0: number, w1: number, w2: number, w3: number];

const ROUNDS = 10;
const MULTIPLIER_0 = 0xd2511f53;
const MULTIPLIER_1 = 0xcd9e8d57;
const WEYL_0 = 0x9e3779b9;
const WEYL_1 = 0xbb67ae85;

/** Replaces the four words of the counter by four random words, each an unsigned 32-bit number. */
export function philox(block: Words, key0: number, key1: number): void {
  let [w0, w1, w2, w3] = block;
  let k0 = key0;
  let k1 = key1;
  for (let round = 0; round < ROUNDS; round += 1) {
    const high0 = highProduct(MULTIPLIER_0, w0);
    const low0 = Math.imul(MULTIPLIER_0, w0);
    const high1 = highProduct(MULTIPLIER_1, w2);
    const low1 = Math.imul(MULTIPLIER_1, w2);
    w0 = high1 ^ w1 ^ k0;
    w1 = low1;
    w2 = high0 ^ w3 ^ k1;
    w3 = low0;
    k0 = (k0 + WEYL_0) | 0;
    k1 = (k1 + WEYL_1) | 0;
  }
  block[0] = w0 >>> 0;
  block[1] = w1 >>> 0;
  block[2] = w2 >>> 0;
  block[3] = w3 >>> 0;
}

/** The upper 32 bits of the product of two unsigned 32-bit numbers, in 16-bit pieces. */
function highProduct(a: number, b: number): number {
  const aLow = a & 0xffff;
  const aHigh = a >>> 16;
  const bLow = b & 0xffff;
  const bHigh = b >>> 16;
  const middle = aHigh * bLow + ((aLow * bLow) >>> 16);
  const carry = aLow * bHigh + (middle & 0xffff);
  return (aHigh * bHigh + (middle >>> 16) + (carry >>> 16)) | 0;
}
