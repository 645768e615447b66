/**
 * Single values of the configuration as people write them: what is given, or a complaint that
 * names it and shows what would do.
 */
import { z } from 'zod';
import { parseBytes } from '../../../cli/format/bytes.ts';
import { parseDuration, parseTimeLimit } from '../../../cli/format/duration.ts';
import { expandHostlist } from '../../../cli/format/hostlist.ts';
import { didYouMean } from '../../../cli/format/nearest.ts';
import type { Countable } from '../../model/request.ts';

/** The value read, or what is wrong with it, to be said after the value itself. */
type Read<T> = { readonly value: T } | { readonly wrong: string };

const wrong = (text: string): { readonly wrong: string } => ({ wrong: text });

const value = <T>(read: (given: unknown) => Read<T>) =>
  z.unknown().transform((given, context): T => {
    const found = read(given);
    if ('value' in found) return found.value;
    context.addIssue({ code: 'custom', message: `${shown(given)} ${found.wrong}` });
    return z.NEVER;
  });

/** Short, quoted, without control characters. */
export function shown(given: unknown): string {
  if (given === undefined || given === null) return 'nothing';
  const json = JSON.stringify(given);
  return json.length > 60 ? `${json.slice(0, 57)}...` : json;
}

const plain = (given: unknown): string | undefined =>
  typeof given === 'string' || typeof given === 'number' ? String(given) : undefined;

export const whole = (least: number, most: number) =>
  value((given) =>
    typeof given === 'number' && Number.isInteger(given) && given >= least && given <= most
      ? { value: given }
      : wrong(`is not a whole number from ${least} to ${most}`),
  );

export const number = (least: number, most: number) =>
  value((given) =>
    typeof given === 'number' && given >= least && given <= most
      ? { value: given }
      : wrong(`is not a number from ${least} to ${most}`),
  );

export const truth = value((given) =>
  typeof given === 'boolean' ? { value: given } : wrong('is neither true nor false'),
);

/** Milliseconds; 0 for none. */
export const timeLimit = value((given) => {
  const text = plain(given);
  const read = text === undefined ? undefined : parseTimeLimit(text);
  if (!read?.ok) return wrong('is no time limit (use 30m, 2h, 1-00:00)');
  return { value: read.value === 'unlimited' ? 0 : read.value };
});

export type Bounds = { readonly leastMs: number; readonly mostMs: number };

export const duration = ({ leastMs, mostMs }: Bounds) =>
  value((given) => {
    const read = typeof given === 'string' ? parseDuration(given) : undefined;
    if (!read?.ok) return wrong('is no duration (use 500ms, 30s, 5m, 7d)');
    return read.value >= leastMs && read.value <= mostMs
      ? { value: read.value }
      : wrong(`is not from ${brief(leastMs)} to ${brief(mostMs)}`);
  });

/** In the largest unit that makes a whole number. */
export function brief(ms: number): string {
  const units = [
    ['d', 86_400_000],
    ['h', 3_600_000],
    ['m', 60_000],
    ['s', 1_000],
  ] as const;
  const unit = units.find(([, length]) => ms > 0 && ms % length === 0);
  return unit ? `${ms / unit[1]}${unit[0]}` : `${ms}ms`;
}

export const bytes = value((given) => {
  const text = plain(given);
  const read = text === undefined ? undefined : parseBytes(text, { bareUnit: 'M' });
  return read?.ok && read.value > 0
    ? { value: read.value }
    : wrong('is no amount of memory (use 512M, 3.5G)');
});

export const oneOf = <const Word extends string>(words: readonly Word[]) =>
  value((given) => {
    const found = words.find((word) => word === given);
    if (found !== undefined) return { value: found };
    const guess = typeof given === 'string' ? didYouMean(given, words) : '';
    return wrong(`is none of ${words.join(', ')}${guess}`);
  });

export const NAME = /^[a-z][a-z0-9_-]{0,31}$/;
export const NAME_RULE = 'is no name (use 1-32 of a-z 0-9 _ -, a letter first)';
/** The names users log in with are wider than ours. */
const USER = /^[A-Za-z0-9_][A-Za-z0-9_-]{0,63}$/;

export const name = value((given) =>
  typeof given === 'string' && NAME.test(given) ? { value: given } : wrong(NAME_RULE),
);

/** A list, or one text with commas. */
export const names = listOf((word) => NAME.test(word), 'is no list of names (use [a, b])');
export const users = listOf((word) => USER.test(word), 'is no list of users (use [ada, ben])');
export const features = listOf(
  (word) => /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/.test(word),
  'is no list of features (use [ssd, rack1])',
);

function listOf(fits: (word: string) => boolean, rule: string) {
  return value((given): Read<readonly string[]> => {
    const words = wordsOf(given);
    const fine = words !== undefined && words.length > 0 && words.every(fits);
    return fine ? { value: [...new Set(words)] } : wrong(rule);
  });
}

function wordsOf(given: unknown): readonly string[] | undefined {
  if (typeof given === 'string') return given.split(',').map((word) => word.trim());
  if (!Array.isArray(given)) return undefined;
  const words = given.map(plain).filter((word) => word !== undefined);
  return words.length === given.length ? words : undefined;
}

/** Host lists: `pi[1-4],pi9`, or a list of such. */
export const nodeNames = value((given): Read<readonly string[]> => {
  const rule = 'is no list of nodes (use pi[1-4],pi9 or [pi1, pi2])';
  const texts = typeof given === 'string' ? [given] : wordsOf(given);
  const found: string[] = [];
  for (const text of texts ?? []) {
    const expanded = expandHostlist(text);
    if (!expanded.ok) return wrong(rule);
    found.push(...expanded.value);
  }
  return found.length > 0 ? { value: [...new Set(found)] } : wrong(rule);
});

/** `{camera: 2}`, or the text `camera:2,nvme`. */
export const countables = value((given): Read<readonly Countable[]> => {
  const rule = 'is no list of resources (use {camera: 2} or camera:2)';
  const found = new Map<string, number>();
  for (const [key, count] of entriesOf(given) ?? [['', 0] as const]) {
    const fine = /^[A-Za-z][A-Za-z0-9_-]{0,63}$/.test(key) && !found.has(key);
    if (!fine || !Number.isSafeInteger(count) || count < 1) return wrong(rule);
    found.set(key, count);
  }
  return { value: [...found].map(([key, count]) => ({ name: key, count })) };
});

function entriesOf(given: unknown): readonly (readonly [string, number])[] | undefined {
  if (typeof given === 'string') {
    return given.split(',').map((item) => {
      const [key = '', count = '1'] = item.trim().split(':');
      return [key, Number(count)] as const;
    });
  }
  if (typeof given !== 'object' || given === null || Array.isArray(given)) return undefined;
  return Object.entries(given).map(([key, count]) => [
    key,
    typeof count === 'number' ? count : Number.NaN,
  ]);
}
