/** Readers of single values: text in, a canonical value or a complaint with its limit out. */
import { notParsed, type Parsed, parsed } from '../format/parsed.ts';
import { JOB_LIMITS } from './limits.ts';
import { didYouMean } from '../format/nearest.ts';

export type Reader<T> = (text: string) => Parsed<T>;

export const mapParsed = <T, U>(from: Parsed<T>, make: (value: T) => U): Parsed<U> =>
  from.ok ? parsed(make(from.value)) : from;

export function wholeNumber(bounds: {
  readonly from: number;
  readonly to: number;
}): Reader<number> {
  return (text) => {
    const source = text.trim();
    const value = Number(source);
    if (/^[+-]?\d+(\.0*)?$/.test(source) && value >= bounds.from && value <= bounds.to) {
      return parsed(value);
    }
    return notParsed(`not a whole number from ${bounds.from} to ${bounds.to}`, text, 0);
  };
}

/** Finite, above zero; `1e6` is fine. */
export const positiveNumber: Reader<number> = (text) => {
  const value = Number(text.trim());
  if (text.trim() !== '' && Number.isFinite(value) && value > 0) return parsed(value);
  return notParsed('not a number above 0', text, 0);
};

/** Text without control characters, at least one character and at most `most`. */
export function plainText(most: number): Reader<string> {
  return (text) => {
    const control = text.search(/\p{Cc}/u);
    if (control >= 0) return notParsed('a control character', JSON.stringify(text), control);
    if (text.trim() === '') return notParsed('empty', text, 0);
    if (text.length > most) {
      return notParsed(`${text.length} characters, above the limit of ${most}`, text, most);
    }
    return parsed(text);
  };
}

/** As the scheduler takes it: also the name of a recurring job and of a sweep. */
export const jobName: Reader<string> = (text) => {
  const plain = plainText(JOB_LIMITS.nameCharacters)(text);
  const slash = text.indexOf('/');
  return plain.ok && slash >= 0 ? notParsed("a name with '/'", text, slash) : plain;
};

export function oneOf<const Word extends string>(words: readonly Word[]): Reader<Word> {
  return (text) => {
    const found = words.find((word) => word === text.trim().toLowerCase());
    if (found !== undefined) return parsed(found);
    const guess = didYouMean(text, words);
    return notParsed(`not one of ${words.join(', ')}${guess}`, text, 0);
  };
}

export const yesOrNo: Reader<boolean> = (text) => {
  const word = text.trim().toLowerCase();
  if (['', '1', 'true', 'yes', 'on'].includes(word)) return parsed(true);
  if (['0', 'false', 'no', 'off'].includes(word)) return parsed(false);
  return notParsed('not yes or no', text, 0);
};

/** `NAME=VALUE`; only the first `=` counts. */
export const assignment: Reader<readonly [name: string, value: string]> = (text) => {
  const equals = text.indexOf('=');
  if (equals < 1) return notParsed('not of the form NAME=VALUE', text, 0);
  return parsed([text.slice(0, equals), text.slice(equals + 1)]);
};

const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]*$/;

export function variableName(name: string): Parsed<string> {
  if (VARIABLE.test(name)) return parsed(name);
  return notParsed('not a variable name (letters, digits and _)', name, 0);
}

/** JSON when it is JSON, else the text itself: `--param digits=1000 --param mode=fast`. */
export function jsonOrText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
