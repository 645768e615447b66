import { createHash } from 'node:crypto';

/** What a core got for computations whose results are known; equal on every sound core. */
export type CoreCheck = {
  readonly digest: string;
  /** Error of a series against its known sum. */
  readonly seriesError: number;
  /** Memory words that did not read back what was written. */
  readonly wrongWords: number;
};

const LETTERS = 1_000_000;
const TERMS = 1_000_000;
const WORDS = 4 * 2 ** 20;
const PATTERNS = [0x00000000, 0xffffffff, 0x55555555, 0xaaaaaaaa];

export function checkCore(rounds: number): CoreCheck {
  let digest = '';
  let seriesError = 0;
  let wrongWords = 0;
  for (let round = 0; round < rounds; round += 1) {
    digest = createHash('sha256').update('a'.repeat(LETTERS)).digest('hex');
    seriesError = Math.max(seriesError, Math.abs(sumOfInverseSquares() - Math.PI ** 2 / 6));
    wrongWords += wordsThatForgot(PATTERNS[round % PATTERNS.length] ?? 0);
  }
  return { digest, seriesError, wrongWords };
}

/** Small terms first; the rest of the series is 1/n - 1/(2 n^2) and less. */
function sumOfInverseSquares(): number {
  let sum = 1 / TERMS - 1 / (2 * TERMS ** 2);
  for (let n = TERMS; n >= 1; n -= 1) sum += 1 / (n * n);
  return sum;
}

function wordsThatForgot(pattern: number): number {
  const words = new Uint32Array(WORDS);
  for (let place = 0; place < WORDS; place += 1) words[place] = pattern ^ place;
  let wrong = 0;
  for (let place = 0; place < WORDS; place += 1) {
    if (words[place] !== (pattern ^ place) >>> 0) wrong += 1;
  }
  return wrong;
}
