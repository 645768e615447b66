/**
 * What every parser of text in this folder answers: the value, or a sentence that names the
 * offending text, and the offset (0-based, in UTF-16 units) at which reading stopped.
 */
export type Parsed<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly message: string; readonly at: number };

export function parsed<T>(value: T): Parsed<T> {
  return { ok: true, value };
}

/** `what` is the complaint, `text` the whole input, `at` the offset of the fault in it. */
export function notParsed(what: string, text: string, at: number): Parsed<never> {
  const shown = text.length > 60 ? `${text.slice(0, 57)}...` : text;
  return { ok: false, message: `${what}: '${shown}', at character ${at + 1}`, at };
}
