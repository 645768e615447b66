/**
 * Where the kernels find things (byte offsets). A *line* is what a member of a team shows to the
 * others; each owns two, by parity of the sequence number. A *desk* is what a member keeps for itself about
 * its team, followed by *records*: one per call that it makes again and again, so that a kernel
 * needs to be told two addresses only.
 */
export const LINE_BYTES = 128;
export const LINE = {
  sequence: 0,
  /** Written early, so that the line is ours when the next meeting comes. */
  touched: 4,
  /** What the member says: the record's words, copied when they change. */
  said: 8,
  /** Which collective of the world the accounting notes next; the first member's counts. */
  note: 36,
  /** A few bytes of data beside the sequence number: one cache line brings both. */
  inline: 48,
} as const;
export const INLINE_BYTES = 16;

export const DESK_BYTES = 128;
export const DESK = {
  /** Of the last meeting that was complete. */
  sequence: 0,
  lines: 4,
  /** From the first line of a parity to the own one, and to the end. */
  mine: 8,
  all: 12,
  polls: 16,
  /** Address of the word that counts sleepers. */
  sleepers: 20,
  /** Addresses of the records whose words the two lines hold. */
  spoken: 24,
  /** Address of three words (NOTES); a place where nobody looks where nothing is noted. */
  notes: 32,
  /** Address of two doubles: bytes sent and received. */
  traffic: 36,
  pollSeconds: 40,
  nowhere: 64,
} as const;

/** Collectives of the world so far, which one is noted next, what the first member says about that. */
export const NOTES = { calls: 0, next: 4, proposed: 8 } as const;

export const RECORD_BYTES = 128;
export const RECORD = {
  /** Address of two doubles: calls of this kind, and seconds blocked in them. */
  kind: 0,
  /** 1: a collective of the world, which the accounting may note; else 0. */
  noted: 4,
  /** Call words, input, output, type, target; as in the line. */
  said: 8,
  /** Bytes that a call sends and receives (doubles). */
  sent: 40,
  received: 48,
  arguments: 56,
} as const;
export const SAID_WORDS = 7;
export const ARGUMENTS_MAXIMUM = (RECORD_BYTES - RECORD.arguments) / 4;
/** A direct-mapped cache: a record that another call has taken is written again. */
export const RECORDS = 16;

/** Lines, desks and records of a team. */
export const meetingBytes = (members: number): number =>
  members * (2 * LINE_BYTES + DESK_BYTES + RECORDS * RECORD_BYTES);
/** Offset of a member's desk. */
export const deskOf = (members: number, member: number): number =>
  2 * members * LINE_BYTES + member * (DESK_BYTES + RECORDS * RECORD_BYTES);
export const recordOf = (desk: number, slot: number): number =>
  desk + DESK_BYTES + slot * RECORD_BYTES;
