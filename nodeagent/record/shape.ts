/**
 * Parsers for the small JSON records that agent and job host leave for each other. The job
 * host avoids protobufjs and zod on purpose: loading either costs more than its own start.
 */

/** The record is not what its reader expects: written by another version, or damaged. */
export class BadRecordError extends Error {
  override readonly name = 'BadRecordError';
  readonly path: string;
  constructor(path: string, expected: string, value: unknown) {
    super(`${path || 'record'}: expected ${expected}, found ${JSON.stringify(value) ?? 'nothing'}`);
    this.path = path;
  }
}

export type Parser<T> = (value: unknown, path: string) => T;
export type Parsed<P> = P extends Parser<infer T> ? T : never;

export const text: Parser<string> = (value, path) => {
  if (typeof value !== 'string') throw new BadRecordError(path, 'a string', value);
  return value;
};

export const number: Parser<number> = (value, path) => {
  if (typeof value !== 'number' || !Number.isFinite(value))
    throw new BadRecordError(path, 'a number', value);
  return value;
};

export const flag: Parser<boolean> = (value, path) => {
  if (typeof value !== 'boolean') throw new BadRecordError(path, 'true or false', value);
  return value;
};

export const optional =
  <T>(parser: Parser<T>): Parser<T | undefined> =>
  (value, path) =>
    value === undefined || value === null ? undefined : parser(value, path);

export const list =
  <T>(parser: Parser<T>): Parser<readonly T[]> =>
  (value, path) => {
    if (!Array.isArray(value)) throw new BadRecordError(path, 'a list', value);
    return value.map((item, i) => parser(item, `${path}[${i}]`));
  };

const fieldsOf = (value: unknown, path: string): Readonly<Record<string, unknown>> => {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new BadRecordError(path, 'an object', value);
  return value as Readonly<Record<string, unknown>>;
};

export const dictionary =
  <T>(parser: Parser<T>): Parser<Readonly<Record<string, T>>> =>
  (value, path) =>
    Object.fromEntries(
      Object.entries(fieldsOf(value, path)).map(([key, item]) => [
        key,
        parser(item, `${path}.${key}`),
      ]),
    );

type Fields = Readonly<Record<string, Parser<unknown>>>;
type ObjectOf<F extends Fields> = { readonly [K in keyof F]: Parsed<F[K]> };

/** Unknown keys are dropped. */
export const object =
  <F extends Fields>(fields: F): Parser<ObjectOf<F>> =>
  (value, path) => {
    const given = fieldsOf(value, path);
    return Object.fromEntries(
      Object.entries(fields).map(([key, parser]) => [key, parser(given[key], `${path}.${key}`)]),
    ) as ObjectOf<F>;
  };

type Variants = Readonly<Record<string, Fields>>;
type UnionOf<V extends Variants> = {
  [K in keyof V]: { readonly kind: K } & ObjectOf<V[K]>;
}[keyof V];

/** A union told apart by `kind`. */
export const union =
  <V extends Variants>(variants: V): Parser<UnionOf<V>> =>
  (value, path) => {
    const kind = text(fieldsOf(value, path)['kind'], `${path}.kind`);
    const fields = Object.hasOwn(variants, kind) ? variants[kind] : undefined;
    if (!fields) throw new BadRecordError(`${path}.kind`, Object.keys(variants).join(' or '), kind);
    return { kind, ...object(fields)(value, path) } as UnionOf<V>;
  };

/** Throws BadRecordError, also for text that is not JSON. */
export function parseRecord<T>(parser: Parser<T>, json: string, what: string): T {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    throw new BadRecordError(what, 'JSON', json.slice(0, 80));
  }
  return parser(value, what);
}
