import {
  CollectiveAbortedError,
  CollectiveMismatchError,
  CollectiveTimeoutError,
  OperatorFailedError,
  RankLostError,
} from './errors.ts';
import type { CallOfRank } from './errors.ts';
import type { Memory } from './memory.ts';
import {
  WORD_SLEEPERS,
  POISON_TEXT,
  POISON_TEXT_BYTES,
  WORD_POISON_LENGTH,
  WORD_POISON_STATE,
} from './layout.ts';

/**
 * The reason why an attempt's collectives are over. The first reason written wins; from then on
 * every pending and later call on every rank raises it.
 */
export type Poison =
  | {
      readonly kind: 'lost';
      readonly rank: number;
      readonly part: number;
      readonly failure: string;
    }
  | { readonly kind: 'mismatch'; readonly calls: readonly CallOfRank[] }
  | {
      readonly kind: 'timeout';
      readonly rank: number;
      readonly collective: string;
      readonly seconds: number;
    }
  | {
      readonly kind: 'operator';
      readonly rank: number;
      readonly collective: string;
      readonly failure: string;
    }
  | { readonly kind: 'aborted'; readonly reason: string };

const CLEAN = 0;
const WRITING = 1;
const SET = 2;
const TEXT_LIMIT = 2000;

export const isPoisoned = (memory: Memory): boolean =>
  Atomics.load(memory.words, WORD_POISON_STATE) === SET;

/** Writes the reason unless there is one already. Returns whether this one won. */
export function poison(memory: Memory, reason: Poison): boolean {
  if (Atomics.compareExchange(memory.words, WORD_POISON_STATE, CLEAN, WRITING) !== CLEAN) {
    return false;
  }
  const text = Buffer.from(encodePoison(reason)).subarray(0, POISON_TEXT_BYTES);
  memory.bytes.set(text, POISON_TEXT);
  Atomics.store(memory.words, WORD_POISON_LENGTH, text.length);
  Atomics.store(memory.words, WORD_POISON_STATE, SET);
  Atomics.add(memory.words, WORD_SLEEPERS, 1);
  memory.ringAllDoorbells();
  return true;
}

export function readPoison(memory: Memory): Poison | undefined {
  if (!isPoisoned(memory)) return undefined;
  const length = Atomics.load(memory.words, WORD_POISON_LENGTH);
  return decodePoison(
    Buffer.from(memory.bytes.slice(POISON_TEXT, POISON_TEXT + length)).toString(),
  );
}

export const encodePoison = (reason: Poison): string =>
  JSON.stringify(reason, (_, value: unknown) =>
    typeof value === 'string' ? value.slice(0, TEXT_LIMIT) : value,
  );

/** Parses what a peer part said; anything else counts as an abort that quotes it. */
export function decodePoison(text: string): Poison {
  try {
    const value: unknown = JSON.parse(text);
    if (isPoison(value)) return value;
  } catch {
    // Falls through: the text itself is then all we know.
  }
  return { kind: 'aborted', reason: text.slice(0, TEXT_LIMIT) };
}

function isPoison(value: unknown): value is Poison {
  if (typeof value !== 'object' || value === null || !('kind' in value)) return false;
  const has = (key: string, type: string): boolean =>
    typeof Reflect.get(value, key) === type && key in value;
  if (value.kind === 'lost') {
    return has('rank', 'number') && has('part', 'number') && has('failure', 'string');
  }
  if (value.kind === 'timeout') {
    return has('rank', 'number') && has('collective', 'string') && has('seconds', 'number');
  }
  if (value.kind === 'operator') {
    return has('rank', 'number') && has('collective', 'string') && has('failure', 'string');
  }
  if (value.kind === 'mismatch') return Array.isArray(Reflect.get(value, 'calls'));
  return value.kind === 'aborted' && has('reason', 'string');
}

/** The error that a rank in `collective` raises for this reason. */
export function errorOf(reason: Poison, collective: string): Error {
  switch (reason.kind) {
    case 'lost':
      return new RankLostError(reason, collective);
    case 'mismatch':
      return new CollectiveMismatchError(reason.calls);
    case 'timeout':
      return new CollectiveTimeoutError(reason);
    case 'operator':
      return new OperatorFailedError(reason);
    case 'aborted':
      return new CollectiveAbortedError(reason.reason, collective);
  }
}
