import { callsAgree, described } from './call.ts';
import type { CallOfRank } from './errors.ts';

/**
 * Ranks that wait for long say which call they are in. Two that wait in the same call number of
 * the same communicator with different calls would wait for ever: that is a mismatch. A
 * communicator is known by its id and its first member.
 */
export type CallRecord = {
  readonly id: number;
  readonly firstMember: number;
  readonly epoch: number;
  readonly words: readonly [number, number, number];
};

export const CALL_RECORD_WORDS = 6;

export const recordOfWords = (word: (i: number) => number): CallRecord => ({
  id: word(0),
  firstMember: word(1),
  epoch: word(2),
  words: [word(3), word(4), word(5)],
});

/** Notes a record; returns everybody's calls when they cannot be one collective. */
export function noteCall(
  table: Map<number, CallRecord>,
  rank: number,
  record: CallRecord,
): readonly CallOfRank[] | undefined {
  table.set(rank, record);
  const same = [...table]
    .filter(
      ([, other]) =>
        other.id === record.id &&
        other.firstMember === record.firstMember &&
        other.epoch === record.epoch,
    )
    .sort(([a], [b]) => a - b);
  if (same.every(([, other]) => callsAgree(record.words, other.words))) return undefined;
  return same.map(([of, other]) => ({ rank: of, call: described(other.words, other.epoch) }));
}
