/**
 * Reads one parameter of a job (`params:` in job.yaml, or `pisub --param name=value`).
 * What a user wrote is `unknown` until it was checked; a wrong value is refused with the
 * value and the limits.
 */
export class ParameterError extends Error {
  override name = 'ParameterError';
}

export type Limits = {
  /** The value when the parameter is absent. */
  readonly otherwise: number;
  readonly least: number;
  readonly most: number;
};

/** A whole number within limits. Errors: ParameterError. */
export function wholeNumber(params: unknown, name: string, limits: Limits): number {
  const value = valueOf(params, name) ?? limits.otherwise;
  const { least, most } = limits;
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < least || value > most) {
    throw new ParameterError(
      `params.${name} is ${JSON.stringify(value)}; give a whole number from ${least} to ${most}`,
    );
  }
  return value;
}

function valueOf(params: unknown, name: string): unknown {
  if (params === undefined || params === null) return undefined;
  if (typeof params !== 'object' || Array.isArray(params)) {
    throw new ParameterError(`params is ${JSON.stringify(params)}; give names and values`);
  }
  return Object.entries(params).find(([key]) => key === name)?.[1];
}
