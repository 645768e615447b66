import type { Endpoint } from './endpoint.ts';
import {
  ringConsume,
  ringHead,
  ringPeek,
  ringPublish,
  ringTail,
  ringUsed,
  roundUp8,
} from './ring.ts';
import { linkTo, sendCredit } from './polling.ts';
import type { Ring } from './ring.ts';
import { NO_RUN } from './transport/descriptorIo.ts';
import type { Run } from './transport/descriptorIo.ts';
import { MESSAGE_HEADER_BYTES } from './transport/frame.ts';
import { addReceived } from './usage.ts';

/**
 * Receiving: bytes from a rank form a stream of messages, each a header of eight words and a
 * payload padded to 8 bytes. A message finds the oldest receive that asked for it, else it waits
 * among the unexpected ones; so messages between two ranks never overtake each other.
 */

/** Header words: length (low, high), context, tag or epoch, three call words, payload type. */
export const HEADER_WORDS = 8;

export const ANY = -1;

export type Arrival = {
  readonly source: number;
  readonly context: number;
  readonly tag: number;
  readonly call: readonly [number, number, number];
  readonly type: number;
  readonly length: number;
  /** Where the payload goes: the receiver's own buffer when it fits, else a fresh one. */
  bytes: Uint8Array;
  /** Its address when it lies in shared memory, else 0. */
  address: number;
  received: number;
};

export type PendingReceive = {
  readonly context: number;
  readonly source: number;
  readonly tag: number;
  readonly into: Uint8Array | undefined;
  readonly intoType: number;
  arrival: Arrival | undefined;
};

const EMPTY = new Uint8Array(0);
const headerBytes = new Uint8Array(MESSAGE_HEADER_BYTES);
const headerWords = new Int32Array(headerBytes.buffer);

/** Asks for a message: takes an unexpected one at once or waits for the next that fits. */
export function postReceive(endpoint: Endpoint, receive: PendingReceive): void {
  const { unexpected } = endpoint;
  const found = unexpected.findIndex((arrival) => fits(receive, arrival));
  if (found < 0) {
    endpoint.posted.push(receive);
    return;
  }
  receive.arrival = unexpected[found];
  unexpected.splice(found, 1);
}

export function withdrawReceive(endpoint: Endpoint, receive: PendingReceive): void {
  const at = endpoint.posted.indexOf(receive);
  if (at >= 0) endpoint.posted.splice(at, 1);
}

export const isComplete = ({ arrival }: PendingReceive): boolean =>
  arrival !== undefined && arrival.received === arrival.length;

export const receivedBytes = ({ arrival }: PendingReceive): number => arrival?.received ?? 0;

/** Moves whatever has arrived from anybody. Returns whether anything moved. */
export function pullAll(endpoint: Endpoint): boolean {
  let moved = false;
  for (let source = 0; source < endpoint.inbound.length; source++) {
    if ((endpoint.creditDue[source] ?? 0) >= endpoint.layout.ringBytes / 2) {
      returnCredit(endpoint, source, 0);
    }
    const ring = endpoint.inbound[source];
    if (ring !== undefined && ringHead(ring) !== ringTail(ring)) {
      pull(endpoint, source, ring);
      moved = true;
    }
  }
  return moved;
}

function pull(endpoint: Endpoint, source: number, ring: Ring): void {
  let consumed = 0;
  for (;;) {
    const partial = endpoint.partial[source];
    const used = ringUsed(ring);
    if (partial === undefined) {
      if (used < MESSAGE_HEADER_BYTES) break;
      ringPeek(ring, 0, { bytes: headerBytes, from: 0, count: MESSAGE_HEADER_BYTES });
      ringConsume(ring, MESSAGE_HEADER_BYTES);
      endpoint.partial[source] = start(endpoint, source);
      consumed += MESSAGE_HEADER_BYTES;
    } else {
      const count = Math.min(used, roundUp8(partial.length - partial.received));
      if (count === 0 && partial.received < partial.length) break;
      consumed += take(ring, partial, count);
    }
    finish(endpoint, source);
  }
  if (consumed > 0) returnCredit(endpoint, source, consumed);
}

/**
 * Takes a piece of a stream that this rank has read from a connection itself, past the ring.
 * Returns false when earlier pieces still wait in the ring.
 */
export function feed(endpoint: Endpoint, source: number, piece: Uint8Array): boolean {
  const ring = endpoint.inbound[source];
  if (ring === undefined || ringUsed(ring) > 0 || piece.byteLength % 8 !== 0) return false;
  let at = 0;
  while (at < piece.byteLength) {
    const partial = endpoint.partial[source];
    if (partial === undefined) {
      if (piece.byteLength - at < MESSAGE_HEADER_BYTES)
        throw new RangeError('a header was torn apart');
      for (let i = 0; i < MESSAGE_HEADER_BYTES; i++) headerBytes[i] = piece[at + i] ?? 0;
      endpoint.partial[source] = start(endpoint, source);
      at += MESSAGE_HEADER_BYTES;
    } else {
      const left = partial.length - partial.received;
      const count = Math.min(piece.byteLength - at, roundUp8(left));
      const payload = Math.min(count, left);
      if (partial.address === 0)
        partial.bytes.set(piece.subarray(at, at + payload), partial.received);
      else
        endpoint.kernels.copy(partial.address + partial.received, piece.byteOffset + at, payload);
      partial.received += payload;
      at += count;
    }
    finish(endpoint, source);
  }
  passBy(endpoint, source, piece.byteLength);
  return true;
}

const LONGEST_ROOM = 2 ** 30;
const room: Run = { address: 0, bytes: 0 };

/** Where the next bytes of a stream belong, if that is shared memory and nothing is before them. */
export function roomFor(endpoint: Endpoint, source: number): Readonly<Run> {
  const partial = endpoint.partial[source];
  const ring = endpoint.inbound[source];
  if (partial === undefined || partial.address === 0) return NO_RUN;
  if (ring === undefined || ringUsed(ring) > 0) return NO_RUN;
  room.address = partial.address + partial.received;
  room.bytes = Math.min(LONGEST_ROOM, partial.length - partial.received) & ~7;
  return room;
}

/** So many bytes of a stream have been read to where they belong. */
export function took(endpoint: Endpoint, source: number, bytes: number): void {
  const partial = endpoint.partial[source];
  if (partial === undefined) throw new Error('bytes without a message');
  partial.received += bytes;
  finish(endpoint, source);
  passBy(endpoint, source, bytes);
}

/** A message of so many bytes has been taken, header and all, past everything here. */
export function messageTook(endpoint: Endpoint, source: number, bytes: number): void {
  addReceived(endpoint.usage, bytes);
  passBy(endpoint, source, MESSAGE_HEADER_BYTES + bytes);
}

/** As if it had passed through the ring, which counts the stream for both sides. */
function passBy(endpoint: Endpoint, source: number, bytes: number): void {
  const ring = endpoint.inbound[source];
  if (ring === undefined) return;
  ringPublish(ring, bytes);
  ringConsume(ring, bytes);
  endpoint.creditDue[source] = (endpoint.creditDue[source] ?? 0) + bytes;
}

/** A message whose header lies in headerWords. */
function start(endpoint: Endpoint, source: number): Arrival {
  const word = (i: number): number => headerWords[i] ?? 0;
  const length = (word(0) >>> 0) + (word(1) >>> 0) * 2 ** 32;
  const arrival: Arrival = {
    source,
    length,
    context: word(2),
    tag: word(3),
    call: [word(4), word(5), word(6)],
    type: word(7),
    bytes: EMPTY,
    address: 0,
    received: 0,
  };
  const at = endpoint.posted.findIndex((receive) => fits(receive, arrival));
  const receive = at < 0 ? undefined : endpoint.posted[at];
  if (receive === undefined) {
    endpoint.unexpected.push(arrival);
  } else {
    endpoint.posted.splice(at, 1);
    receive.arrival = arrival;
  }
  arrival.bytes = bufferFor(arrival, receive);
  const shared = endpoint.arenaBuffers.has(arrival.bytes.buffer);
  arrival.address = shared ? arrival.bytes.byteOffset : 0;
  return arrival;
}

function bufferFor(arrival: Arrival, receive: PendingReceive | undefined): Uint8Array {
  const into = receive?.into;
  const usable = into !== undefined && receive?.intoType === arrival.type;
  if (usable && into.byteLength >= arrival.length) return into;
  return arrival.length === 0 ? EMPTY : new Uint8Array(arrival.length);
}

function take(ring: Ring, partial: Arrival, count: number): number {
  const payload = Math.min(count, partial.length - partial.received);
  ringPeek(ring, 0, { bytes: partial.bytes, from: partial.received, count: payload });
  ringConsume(ring, count);
  partial.received += payload;
  return count;
}

function finish(endpoint: Endpoint, source: number): void {
  const partial = endpoint.partial[source];
  if (partial === undefined || partial.received < partial.length) return;
  endpoint.partial[source] = undefined;
  if (source !== endpoint.rank) addReceived(endpoint.usage, partial.length);
}

const fits = (receive: PendingReceive, arrival: Arrival): boolean =>
  receive.context === arrival.context &&
  (receive.source === ANY || receive.source === arrival.source) &&
  (receive.tag === ANY || receive.tag === arrival.tag);

/** Tells whoever fills the ring that there is room again. */
function returnCredit(endpoint: Endpoint, source: number, consumed: number): void {
  const local = endpoint.layout.localIndex[source] ?? -1;
  if (local >= 0) {
    if (local !== endpoint.local) endpoint.memory.ringDoorbell(local);
    return;
  }
  const due = (endpoint.creditDue[source] ?? 0) + consumed;
  endpoint.creditDue[source] = due;
  if (due < endpoint.layout.ringBytes / 2) return;
  const link = linkTo(endpoint, source);
  if (link !== undefined && !sendCredit(endpoint, link, source)) return;
  if (link === undefined) endpoint.wakeHost();
  endpoint.creditDue[source] = 0;
}
