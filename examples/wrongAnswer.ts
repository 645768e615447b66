/**
 * Every example checks its own answer against something independent, and fails when they
 * differ: a job that ends COMPLETED is a job whose answer was verified.
 */
export class WrongAnswerError extends Error {
  override name = 'WrongAnswerError';
}

/** Errors: WrongAnswerError when the two are not the same value. */
export function mustEqual<T extends number | bigint | string>(
  what: string,
  { computed, expected }: { readonly computed: T; readonly expected: T },
): void {
  if (computed === expected) return;
  throw new WrongAnswerError(`${what}: computed ${computed}, expected ${expected}`);
}

/** Errors: WrongAnswerError when `error` is more than `limit`, or no number at all. */
export function mustBeSmall(
  what: string,
  { error, limit }: { readonly error: number; readonly limit: number },
): void {
  if (Math.abs(error) <= limit) return;
  throw new WrongAnswerError(`${what}: off by ${error}, at most ${limit} is allowed`);
}
