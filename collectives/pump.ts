import type { CallRecord } from './announcements.ts';
import { CALL_RECORD_WORDS, noteCall, recordOfWords } from './announcements.ts';
import {
  BLOCK_CALL,
  OUTBOUND_BYTES,
  WORD_WAKE_HOST,
  acknowledgedWord,
  blockOf,
  outboundRing,
  pairRing,
} from './layout.ts';
import type { Memory } from './memory.ts';
import { decodePoison, encodePoison, isPoisoned, poison, readPoison } from './poison.ts';
import type { Poison } from './poison.ts';
import {
  ringAt,
  ringConsume,
  ringFree,
  ringPeek,
  ringPublish,
  ringPut,
  ringTail,
  ringUsed,
} from './ring.ts';
import type { Ring } from './ring.ts';
import { FRAME_HEADER_BYTES, FrameKind } from './transport/frame.ts';
import type { Frame } from './transport/frame.ts';
import type { Link } from './transport/link.ts';

/**
 * The host's side of the streams, on its main thread: carries frames from the ranks' outbound
 * rings to the links and from the links into the ranks' rings, returns credits, spreads poison,
 * departures and announcements. Never blocks; a link that is full stops only its own ranks.
 */
export type Pump = {
  readonly memory: Memory;
  readonly links: Map<number, Link>;
  readonly outbound: readonly Ring[];
  /** Ring [local index][world rank]. */
  readonly inbound: readonly (readonly Ring[])[];
  /** Last tail told to the sender, [local index][world rank]. */
  readonly credited: readonly Int32Array[];
  readonly announced: Int32Array;
  readonly calls: Map<number, CallRecord>;
  /** Local ranks that returned but whose frames have not all left. */
  readonly leaving: Set<number>;
  poisonSpread: boolean;
};

export function createPump(memory: Memory): Pump {
  const { layout } = memory;
  const between = layout.parts > 1;
  return {
    memory,
    links: new Map(),
    outbound: between
      ? layout.localRanks.map((_, i) => ringAt(memory, outboundRing(layout, i), OUTBOUND_BYTES))
      : [],
    inbound: layout.localRanks.map((_, local) =>
      layout.partOfRank.map((__, rank) =>
        ringAt(memory, pairRing(layout, local, rank), layout.ringBytes),
      ),
    ),
    credited: layout.localRanks.map(() => new Int32Array(layout.size)),
    announced: new Int32Array(layout.localRanks.length),
    calls: new Map(),
    leaving: new Set(),
    poisonSpread: false,
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
      const tail = ringTail(ring);
      const credited = state.credited[local];
      if (credited === undefined || credited[source] === tail) return;
      credited[source] = tail;
      const payload = Buffer.alloc(4);
      payload.writeInt32LE(tail);
      const destination = layout.localRanks[local] ?? -1;
      const link = state.links.get(layout.partOfRank[source] ?? -1);
      link?.send({ kind: FrameKind.credit, source, destination, payload });
    });
  });
}

function sendLeft(state: Pump, rank: number): void {
  const ring = state.outbound[state.memory.layout.localIndex[rank] ?? -1];
  if (ring !== undefined && ringUsed(ring) > 0) return;
  state.leaving.delete(rank);
  broadcast(state, FrameKind.left, Buffer.alloc(0), rank);
}

function readAnnouncements(state: Pump): void {
  const { memory, announced } = state;
  memory.layout.localRanks.forEach((rank, local) => {
    const at = (blockOf(memory.layout, local) + BLOCK_CALL) / 4;
    const serial = Atomics.load(memory.words, at);
    if (announced[local] === serial) return;
    announced[local] = serial;
    const payload = Buffer.alloc(CALL_RECORD_WORDS * 4);
    for (let i = 0; i < CALL_RECORD_WORDS; i++) {
      payload.writeInt32LE(Atomics.load(memory.words, at + 1 + i), i * 4);
    }
    note(state, rank, payload);
    broadcast(state, FrameKind.announce, payload, rank);
  });
}

function note(state: Pump, rank: number, payload: Buffer): void {
  const record = recordOfWords((i) => payload.readInt32LE(i * 4));
  const calls = noteCall(state.calls, rank, record);
  if (calls !== undefined) endWith(state, { kind: 'mismatch', calls });
}

function broadcast(state: Pump, kind: FrameKind, payload: Uint8Array, source = -1): void {
  for (const link of state.links.values()) link.send({ kind, source, destination: -1, payload });
}

/** Poisons the attempt here and everywhere. */
export function endWith(state: Pump, reason: Poison): void {
  poison(state.memory, reason);
  pump(state);
}

export function markLeft(state: Pump, rank: number): void {
  Atomics.store(state.memory.words, state.memory.layout.leftWords + rank, 1);
  state.memory.ringAllDoorbells();
}

/** A frame of part `from`. Errors: RangeError when it claims what that part cannot. */
export function takeFrame(state: Pump, from: number, frame: Frame): void {
  const { memory } = state;
  const payload = Buffer.from(frame.payload.buffer, frame.payload.byteOffset, frame.payload.length);
  if (frame.kind === FrameKind.poison) {
    state.poisonSpread = true;
    poison(memory, decodePoison(payload.toString()));
    return;
  }
  const { partOfRank } = memory.layout;
  const owner = frame.kind === FrameKind.credit ? frame.destination : frame.source;
  if (partOfRank[owner] !== from) throw new RangeError(`part ${from} spoke for rank ${owner}`);
  if (frame.kind === FrameKind.data) takeData(state, frame);
  else if (frame.kind === FrameKind.credit) takeCredit(state, frame, payload);
  else if (frame.kind === FrameKind.left) markLeft(state, frame.source);
  else if (frame.kind === FrameKind.announce) {
    if (payload.length !== CALL_RECORD_WORDS * 4) throw new RangeError('a malformed announcement');
    note(state, frame.source, payload);
  }
}

function takeData(state: Pump, { source, destination, payload }: Frame): void {
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

function takeCredit(state: Pump, { source, destination }: Frame, payload: Buffer): void {
  const { memory } = state;
  const local = memory.layout.localIndex[source] ?? -1;
  if (local < 0 || payload.length !== 4) throw new RangeError('a malformed credit');
  const word = acknowledgedWord(memory.layout, local, destination);
  Atomics.store(memory.words, word, payload.readInt32LE());
  memory.ringDoorbell(local);
}
