import type { Refusal } from '../model/refusal.ts';

/** A field of a message that cannot be accepted; becomes the answer to its sender. */
export class RefusedError extends Error {
  readonly refusal: Refusal;

  constructor(refusal: Refusal) {
    super(`refused: ${refusal.code}`);
    this.name = 'RefusedError';
    this.refusal = refusal;
  }
}

/** Checks of single fields. Values from the wire are hostile until they passed here. */
export function refuse(field: string, value: unknown, limit: string): never {
  const shown = typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value));
  throw new RefusedError({ code: 'badValue', field, value: shown.slice(0, 120), limit });
}

export type Range = { readonly least: number; readonly most: number };
export const ANY_COUNT: Range = { least: 0, most: Number.MAX_SAFE_INTEGER };

export function integer(field: string, value: unknown, range: Range): number {
  if (
    typeof value !== 'number' ||
    !Number.isSafeInteger(value) ||
    value < range.least ||
    value > range.most
  )
    refuse(field, value ?? 'nothing', `an integer from ${range.least} to ${range.most}`);
  return value;
}

/** Undefined and null pass as undefined. */
export function optionalInteger(field: string, value: unknown, range: Range): number | undefined {
  return value === undefined || value === null ? undefined : integer(field, value, range);
}

export function finite(field: string, value: unknown, range: Range): number {
  if (typeof value !== 'number' || !(value >= range.least && value <= range.most))
    refuse(field, value ?? 'nothing', `a number from ${range.least} to ${range.most}`);
  return value;
}

const CONTROL_CHARACTERS = /\p{Cc}/u;

/** One line of text: no control characters, at most `longest` characters. */
export function line(field: string, value: unknown, longest: number): string {
  const text = value ?? '';
  if (typeof text !== 'string' || text.length > longest)
    refuse(field, text, `text of at most ${longest} characters`);
  if (CONTROL_CHARACTERS.test(text)) refuse(field, text, 'text without control characters');
  return text;
}

/** Text that may have many lines, but no NUL. */
export function block(field: string, value: unknown, longest: number): string {
  const text = value ?? '';
  if (typeof text !== 'string' || text.length > longest)
    refuse(field, text, `text of at most ${longest} characters`);
  if (text.includes('\0')) refuse(field, text, 'text without NUL characters');
  return text;
}

export function matching(field: string, value: unknown, pattern: RegExp, limit: string): string {
  if (typeof value !== 'string' || !pattern.test(value)) refuse(field, value ?? '', limit);
  return value;
}

export function listOf<T>(
  field: string,
  value: readonly T[] | null | undefined,
  most: number,
): readonly T[] {
  const list = value ?? [];
  if (list.length > most) refuse(field, `${list.length} entries`, `at most ${most} entries`);
  return list;
}

export const sha256 = (field: string, value: unknown): string =>
  matching(field, value, /^[0-9a-f]{64}$/, 'a SHA-256 in 64 lower-case hexadecimal digits');

/** A path below the job's own directory: relative, without `..`. */
export function innerPath(field: string, value: unknown): string {
  const path = line(field, value, 4_096);
  if (path === '' || path.startsWith('/') || path.split('/').includes('..'))
    refuse(field, path, "a relative path without '..'");
  return path;
}
