import type { CallRecord } from './announcements.ts';
import { CALL_RECORD_WORDS, noteCall, recordOfWords } from './announcements.ts';
import { OUTBOUND_BYTES, WORD_WAKE_HOST, callRecordWord, outboundRing } from './layout.ts';
import { createDelivery } from './deliver.ts';
import type { Delivery } from './deliver.ts';
import type { Memory } from './memory.ts';
import { encodePoison, isPoisoned, poison, readPoison } from './poison.ts';
import type { Poison } from './poison.ts';
import { ringAt, ringConsume, ringPeek, ringTail, ringUsed } from './ring.ts';
import type { Ring } from './ring.ts';
import { FRAME_HEADER_BYTES, FrameKind } from './transport/frame.ts';
import type { Link } from './transport/link.ts';

/**
 * The host's side of the streams, on its main thread: carries frames from the ranks' outbound
 * rings to the links and from the links into the ranks' rings, returns credits, spreads poison,
 * departures and announcements. Never blocks; a link that is full stops only its own ranks.
 */
export type Pump = Delivery & {
  readonly links: Map<number, Link>;
  readonly outbound: readonly Ring[];
  /** Last tail told to the sender, [local index][world rank]. */
  readonly credited: readonly Int32Array[];
  readonly announced: Int32Array;
  readonly calls: Map<number, CallRecord>;
  /** Local ranks that returned but whose frames have not all left. */
  readonly leaving: Set<number>;
  poisonSpread: boolean;
  /** This part says goodbye: connections that end now tell nothing about the peers. */
  closing: boolean;
};

export function createPump(memory: Memory): Pump {
  const { layout } = memory;
  const between = layout.parts > 1;
  return {
    ...createDelivery(memory),
    links: new Map(),
    outbound: between
      ? layout.localRanks.map((_, i) => ringAt(memory, outboundRing(layout, i), OUTBOUND_BYTES))
      : [],
    credited: layout.localRanks.map(() => new Int32Array(layout.size)),
    announced: new Int32Array(layout.size),
    calls: new Map(),
    leaving: new Set(),
    poisonSpread: false,
    closing: false,
  };
}

/** Moves everything that can move; called whenever a rank woke us or a link has room again. */
export function pump(state: Pump): void {
  Atomics.store(state.memory.words, WORD_WAKE_HOST, 0);
  readAnnouncements(state);
  state.outbound.forEach((ring, local) => drain(state, ring, local));
  returnCredits(state);
  for (const rank of state.leaving) sendLeft(state, rank);
  if (!isPoisoned(state.memory) || state.poisonSpread) return;
  state.poisonSpread = true;
  const reason = readPoison(state.memory);
  if (reason !== undefined) broadcast(state, FrameKind.poison, Buffer.from(encodePoison(reason)));
}

const header = new Uint8Array(FRAME_HEADER_BYTES);
const headerWords = new Int32Array(header.buffer);

function drain(state: Pump, ring: Ring, local: number): void {
  let drained = false;
  while (ringUsed(ring) > 0) {
    ringPeek(ring, 0, { bytes: header, from: 0, count: FRAME_HEADER_BYTES });
    const [count = 0, , source = 0, destination = 0] = headerWords;
    const link = state.links.get(state.memory.layout.partOfRank[destination] ?? -1);
    if (link !== undefined && !link.writable()) break;
    const payload = Buffer.allocUnsafe(count);
    ringPeek(ring, FRAME_HEADER_BYTES, { bytes: payload, from: 0, count });
    ringConsume(ring, FRAME_HEADER_BYTES + count);
    link?.send({ kind: FrameKind.data, source, destination, payload });
    drained = true;
  }
  if (drained) state.memory.ringDoorbell(local);
}

function returnCredits(state: Pump): void {
  const { layout } = state.memory;
  state.inbound.forEach((rings, local) => {
    rings.forEach((ring, source) => {
      if ((layout.localIndex[source] ?? -1) >= 0) return;
      const link = state.links.get(layout.partOfRank[source] ?? -1);
      if (link === undefined || link.polled) return;
      const tail = ringTail(ring);
      const credited = state.credited[local];
      if (credited === undefined || credited[source] === tail) return;
      credited[source] = tail;
      const payload = Buffer.alloc(4);
      payload.writeInt32LE(tail);
      const destination = layout.localRanks[local] ?? -1;
      link.send({ kind: FrameKind.credit, source, destination, payload });
    });
  });
}

function sendLeft(state: Pump, rank: number): void {
  const ring = state.outbound[state.memory.layout.localIndex[rank] ?? -1];
  if (ring !== undefined && ringUsed(ring) > 0) return;
  state.leaving.delete(rank);
  broadcast(state, FrameKind.left, Buffer.alloc(0), rank);
}

/** New call records: those of local ranks go to every part, all are compared. */
function readAnnouncements(state: Pump): void {
  const { memory, announced } = state;
  memory.layout.partOfRank.forEach((part, rank) => {
    const at = callRecordWord(memory.layout, rank);
    const serial = Atomics.load(memory.words, at);
    if (announced[rank] === serial) return;
    announced[rank] = serial;
    const words = memory.words.slice(at + 1, at + 1 + CALL_RECORD_WORDS);
    const calls = noteCall(
      state.calls,
      rank,
      recordOfWords((i) => words[i] ?? 0),
    );
    if (calls !== undefined) poison(memory, { kind: 'mismatch', calls });
    if (part === memory.layout.part) {
      broadcast(state, FrameKind.announce, new Uint8Array(words.buffer), rank);
    }
  });
}

function broadcast(state: Pump, kind: FrameKind, payload: Uint8Array, source = -1): void {
  for (const link of state.links.values()) link.send({ kind, source, destination: -1, payload });
}

/** Poisons the attempt here and everywhere. */
export function endWith(state: Pump, reason: Poison): void {
  poison(state.memory, reason);
  pump(state);
}
