import { CALL_RECORD_WORDS } from './announcements.ts';
import { acknowledgedWord, callRecordWord, pairRing } from './layout.ts';
import type { Memory } from './memory.ts';
import { decodePoison, poison } from './poison.ts';
import { ringAt, ringFree, ringPublish, ringPut } from './ring.ts';
import type { Ring } from './ring.ts';
import { deliverEnd, deliverNotes } from './segmentLog.ts';
import { FrameKind } from './transport/frame.ts';
import type { Frame } from './transport/frame.ts';

/**
 * Takes in a frame of another part, on whichever thread has read it: everything it changes lies
 * in shared memory. What the host must do about it, the host sees there.
 */
export type Delivery = {
  readonly memory: Memory;
  /** Ring [local index][world rank]. */
  readonly inbound: readonly (readonly Ring[])[];
};

export const createDelivery = (memory: Memory): Delivery => {
  const { layout } = memory;
  return {
    memory,
    inbound: layout.localRanks.map((_, local) =>
      layout.partOfRank.map((__, rank) =>
        ringAt(memory, pairRing(layout, local, rank), layout.ringBytes),
      ),
    ),
  };
};

export function markLeft(memory: Memory, rank: number): void {
  Atomics.store(memory.words, memory.layout.leftWords + rank, 1);
  memory.ringAllDoorbells();
}

/** A frame of part `from`. Errors: RangeError when it claims what that part cannot. */
export function deliver(state: Delivery, from: number, frame: Frame): void {
  const { memory } = state;
  if (frame.kind === FrameKind.poison) {
    poison(memory, decodePoison(Buffer.from(frame.payload).toString()));
    return;
  }
  const owner = frame.kind === FrameKind.credit ? frame.destination : frame.source;
  if (memory.layout.partOfRank[owner] !== from) {
    throw new RangeError(`part ${from} spoke for rank ${owner}`);
  }
  if (frame.kind === FrameKind.data) deliverData(state, frame);
  else if (frame.kind === FrameKind.credit) deliverCredit(memory, frame);
  else if (frame.kind === FrameKind.left) markLeft(memory, frame.source);
  else if (frame.kind === FrameKind.segments) deliverNotes(memory, from, frame.payload);
  else if (frame.kind === FrameKind.segmentsEnd) deliverEnd(memory, from, frame.payload);
  else deliverAnnouncement(memory, frame);
}

function deliverData(state: Delivery, { source, destination, payload }: Frame): void {
  const local = state.memory.layout.localIndex[destination] ?? -1;
  const ring = state.inbound[local]?.[source];
  const count = payload.byteLength;
  if (ring === undefined || count % 8 !== 0 || count > ringFree(ring)) {
    throw new RangeError(
      `rank ${source} sent ${count} bytes beyond what rank ${destination} takes`,
    );
  }
  ringPut(ring, 0, { bytes: payload, from: 0, count });
  ringPublish(ring, count);
  state.memory.ringDoorbell(local);
}

const wordAt = (bytes: Uint8Array, i: number): number =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getInt32(i * 4, true);

function deliverCredit(memory: Memory, { source, destination, payload }: Frame): void {
  const local = memory.layout.localIndex[source] ?? -1;
  if (local < 0 || payload.byteLength !== 4) throw new RangeError('a malformed credit');
  Atomics.store(
    memory.words,
    acknowledgedWord(memory.layout, local, destination),
    wordAt(payload, 0),
  );
  memory.ringDoorbell(local);
}

function deliverAnnouncement(memory: Memory, { source, payload }: Frame): void {
  if (payload.byteLength !== CALL_RECORD_WORDS * 4)
    throw new RangeError('a malformed announcement');
  const at = callRecordWord(memory.layout, source);
  for (let i = 0; i < CALL_RECORD_WORDS; i++) {
    Atomics.store(memory.words, at + 1 + i, wordAt(payload, i));
  }
  Atomics.add(memory.words, at, 1);
}
