import { meetingBytes } from './wasm/meetingLayout.ts';

/**
 * Where everything lies in the shared memory of a part. Host and ranks compute the same layout
 * from (partOfRank, part), so no offset ever travels. Byte offsets; words are 32-bit.
 *
 *   0     header words: poison state and length, heap top, wake flag
 *   1024  poison text (JSON, up to 7 KiB)
 *   8192  one word per world rank: has it left?
 *   then  a block and an area for the accounting per local rank, acknowledged counters, pair rings, outbound rings, calls,
 *         connections, other parts' segments, the meeting place of the world's ranks of this part (shared/team.ts), heap
 */

export const WORD_POISON_STATE = 1;
export const WORD_POISON_LENGTH = 2;
export const WORD_HEAP_TOP = 3;
export const WORD_WAKE_HOST = 4;
/** How many ranks of the part have begun. */
export const WORD_ARRIVED = 5;
/** On a line of its own: every meeting of ranks reads it. */
export const WORD_SLEEPERS = 32;
export const POISON_TEXT = 1024;
export const POISON_TEXT_BYTES = 7168;
const LEFT = 8192;

/** Inside a rank's block (bytes from its start). */
export const BLOCK_BYTES = 1024;
export const BLOCK_DOORBELL = 0;
export const BLOCK_SLEEPING = 64;
export const BLOCK_CLAIMED = 68;
export const BLOCK_USAGE = 128;
/** Two doubles for a number that is reduced, and its result. */
export const BLOCK_SCRATCH = 512;
/** Which collective of the world the accounting notes next (wasm/meetingLayout.ts, NOTES). */
export const BLOCK_NOTES = 544;

/** A local rank's area for the accounting (segments.ts): phases, then slots. */
export const SEGMENT_PHASES = 128;
export const SEGMENT_SLOTS = 10 * 128;
export const SEGMENT_SLOT_BYTES = 24;
/** Where hosts look at what was noted, and only now and then, it must last longer. */
const slotsOf = (parts: number): number => (parts > 1 ? 4096 : 32);
/** An odd number of lines, so that caches do not collide. */
const areaBytes = (slots: number): number => SEGMENT_SLOTS + slots * SEGMENT_SLOT_BYTES + LINE;

const LINE = 128;
export const OUTBOUND_BYTES = 256 * 1024;
const RING_BUDGET = 512 * 1024 * 1024;

export type Layout = {
  readonly part: number;
  readonly parts: number;
  readonly size: number;
  readonly partOfRank: readonly number[];
  /** World ranks that live in this part, ascending. */
  readonly localRanks: readonly number[];
  /** World rank -> index among the local ranks, or -1. */
  readonly localIndex: readonly number[];
  readonly ringBytes: number;
  readonly leftWords: number;
  readonly blocks: number;
  readonly segments: number;
  readonly segmentSlots: number;
  readonly acknowledged: number;
  readonly rings: number;
  readonly ringData: number;
  readonly outbound: number;
  /** One call record per world rank, one connection block per part. */
  readonly calls: number;
  readonly links: number;
  /** In part 0: what every part tells of its segments (segmentLog.ts). */
  readonly segmentLogs: number;
  readonly worldTeam: number;
  readonly heap: number;
};

const CALL_BYTES = 32;
export const SEGMENT_END_BYTES = 8192;
export const SEGMENT_NOTE_BYTES = 40;
const segmentLogBytes = (slots: number): number => SEGMENT_END_BYTES + slots * SEGMENT_NOTE_BYTES;
export const LINK_RECEIVE_BYTES = 256 * 1024;
export const LINK_BYTES = LINK_RECEIVE_BYTES + 4096;

/** Staging area of a team member: two of these, a little apart so that caches do not collide. */
export const STAGE_BYTES = 256 * 1024;
const STAGE_STRIDE = STAGE_BYTES + 4096 + 64;
/** From a stage to the same member's other one, and to the next member's of the same parity. */
export const PARITY_STRIDE = STAGE_STRIDE;
export const MEMBER_STRIDE = 2 * STAGE_STRIDE;

/** Where ranks meet (wasm/meetingLayout.ts), then two stages per member and two for common results. */
export const teamBytes = (members: number): number => teamStage(members, members, 1) + STAGE_STRIDE;

/** Offset inside a team's memory of a member's stage; member = members is the common one. */
export const teamStage = (members: number, member: number, parity: number): number =>
  align(meetingBytes(members), 4096) + (2 * member + parity) * STAGE_STRIDE;

const align = (bytes: number, to: number): number => Math.ceil(bytes / to) * to;

/** Ring capacity: more where it is the window of a connection, less when there are many pairs. */
function ringBytesFor(pairs: number, parts: number): number {
  let bytes = (parts > 1 ? 1024 : 64) * 1024;
  while (bytes > 4096 && bytes * pairs > RING_BUDGET) bytes /= 2;
  return bytes;
}

export function layoutOf(partOfRank: readonly number[], part: number): Layout {
  const size = partOfRank.length;
  const localRanks = partOfRank.flatMap((of, rank) => (of === part ? [rank] : []));
  const localIndex = partOfRank.map((_, rank) => localRanks.indexOf(rank));
  const parts = new Set(partOfRank).size;
  const pairs = localRanks.length * size;
  const ringBytes = ringBytesFor(pairs, parts);
  const blocks = align(LEFT + 4 * size, 1024);
  const segments = blocks + localRanks.length * BLOCK_BYTES;
  const segmentSlots = slotsOf(parts);
  const acknowledged = segments + localRanks.length * areaBytes(segmentSlots);
  const rings = align(acknowledged + 4 * pairs, LINE);
  const ringData = align(rings + pairs * LINE, 4096);
  const outbound = ringData + pairs * ringBytes;
  const outboundBytes = parts > 1 ? localRanks.length * (LINE + OUTBOUND_BYTES) : 0;
  const calls = align(outbound + outboundBytes, LINE);
  const links = align(calls + size * CALL_BYTES, 4096);
  const segmentLogs = links + (parts > 1 ? parts * LINK_BYTES : 0);
  const logs = parts > 1 && part === 0 ? parts : 0;
  const worldTeam = align(segmentLogs + logs * segmentLogBytes(segmentSlots), LINE);
  return {
    part,
    parts,
    size,
    partOfRank,
    localRanks,
    localIndex,
    ringBytes,
    leftWords: LEFT / 4,
    blocks,
    segments,
    segmentSlots,
    acknowledged,
    rings,
    ringData,
    outbound,
    calls,
    links,
    segmentLogs,
    worldTeam,
    heap: align(worldTeam + teamBytes(localRanks.length), 65536),
  };
}

/** Word index of a world rank's call record: a serial number, then the record. */
export const callRecordWord = (layout: Layout, rank: number): number =>
  (layout.calls + rank * CALL_BYTES) / 4;

/** Byte offset of the block of the connection to a part: three control lines, then a buffer. */
export const linkOf = (layout: Layout, part: number): number => layout.links + part * LINK_BYTES;

/** Byte offset of a local rank's block. */
export const blockOf = (layout: Layout, localIndex: number): number =>
  layout.blocks + localIndex * BLOCK_BYTES;

/** Byte offset of a local rank's area for the accounting. */
export const segmentArea = (layout: Layout, localIndex: number): number =>
  layout.segments + localIndex * areaBytes(layout.segmentSlots);

/** Byte offset of what a part has told of its segments: its end, then its notes. */
export const segmentLog = (layout: Layout, part: number): number =>
  layout.segmentLogs + part * segmentLogBytes(layout.segmentSlots);

/** Word index: how many bytes of `local`'s stream to `remote` the remote rank has consumed. */
export const acknowledgedWord = (layout: Layout, local: number, remote: number): number =>
  layout.acknowledged / 4 + local * layout.size + remote;

/** Control line and data of the ring that carries world rank `source` to local rank `local`. */
export function pairRing(
  layout: Layout,
  local: number,
  source: number,
): { readonly control: number; readonly data: number } {
  const index = local * layout.size + source;
  return {
    control: layout.rings + index * LINE,
    data: layout.ringData + index * layout.ringBytes,
  };
}

/** Control line and data of a local rank's ring towards the host's sockets. */
export function outboundRing(
  layout: Layout,
  local: number,
): { readonly control: number; readonly data: number } {
  const at = layout.outbound + local * (LINE + OUTBOUND_BYTES);
  return { control: at, data: at + LINE };
}
