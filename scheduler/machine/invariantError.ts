/** A bug of the scheduler itself: the process must stop before it writes anything more. */
export class InvariantError extends Error {
  override readonly name = 'InvariantError';
}

/** Returns `value`, or throws when it is missing. Errors: InvariantError. */
export function existing<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new InvariantError(`there is no ${what}`);
  return value;
}

export function ensure(holds: boolean, what: string): asserts holds {
  if (!holds) throw new InvariantError(what);
}
