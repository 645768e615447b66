import type { Endpoint } from './endpoint.ts';
import { HEADER_WORDS } from './inbound.ts';
import { acknowledgedWord } from './layout.ts';
import { ringFree, ringPublish, ringPut, roundUp8 } from './ring.ts';
import type { Ring } from './ring.ts';
import {
  DATA_PAYLOAD_MAXIMUM,
  FRAME_HEADER_BYTES,
  FRAME_PAYLOAD_MAXIMUM,
  FrameKind,
  MESSAGE_HEADER_BYTES,
} from './transport/frame.ts';
import type { DescriptorLink } from './transport/descriptor.ts';
import { linkTo, writeFrame } from './polling.ts';
import { addSent } from './usage.ts';

/**
 * Sending: messages to one rank leave in the order of the calls. Inside the part they go straight
 * into the receiver's ring; elsewhere as frames into the host's ring, never more than the
 * receiver has room for, so that no stream can hold up another on the shared connection.
 */
export type PendingSend = {
  readonly destination: number;
  readonly envelope: Envelope;
  readonly payload: Uint8Array;
  /** Bytes of the payload that may leave so far; a multiple of 8 until it is all of it. */
  ready: number;
  /** Bytes of header and padded payload that have left. */
  sent: number;
  readonly total: number;
};

export type Envelope = {
  readonly context: number;
  readonly tag: number;
  readonly call: readonly [number, number, number];
  readonly type: number;
};

/**
 * Queues a message and moves what can be moved. The payload must not change until it has left.
 * `ready`: how much of it is there already, by default all.
 */
export function startSend(
  endpoint: Endpoint,
  destination: number,
  message: {
    readonly envelope: Envelope;
    readonly payload: Uint8Array;
    readonly ready?: number | undefined;
  },
): PendingSend {
  const { envelope, payload, ready = payload.byteLength } = message;
  const send: PendingSend = {
    destination,
    envelope,
    payload,
    ready,
    sent: 0,
    total: MESSAGE_HEADER_BYTES + roundUp8(payload.byteLength),
  };
  if (destination !== endpoint.rank) addSent(endpoint.usage, payload.byteLength);
  const queued = endpoint.sending.some((earlier) => earlier.destination === destination);
  if (queued || !push(endpoint, send, FRAMES_AT_START)) endpoint.sending.push(send);
  return send;
}

/** So many frames leave in one go: later ones one by one, so that what comes in is read in between. */
const FRAMES_AT_START = 16;

/** How many bytes of header and payload may have left by now; a header never leaves alone. */
function readyToLeave({ ready, payload, total }: PendingSend): number {
  if (ready === payload.byteLength) return total;
  return ready === 0 ? 0 : MESSAGE_HEADER_BYTES + ready;
}

export const hasLeft = (send: PendingSend): boolean => send.sent === send.total;

/** Moves every queue of messages that can move. Returns whether anything did. */
export function pushAll(endpoint: Endpoint): boolean {
  const blocked = new Set<number>();
  let moved = false;
  for (const send of endpoint.sending.slice()) {
    if (blocked.has(send.destination)) continue;
    const before = send.sent;
    if (push(endpoint, send, 1)) endpoint.sending.splice(endpoint.sending.indexOf(send), 1);
    else blocked.add(send.destination);
    moved ||= send.sent > before;
  }
  return moved;
}

function push(endpoint: Endpoint, send: PendingSend, frames: number): boolean {
  const ring = endpoint.direct[send.destination];
  const before = send.sent;
  if (ring !== undefined) {
    pushDirect(ring, send);
    const local = endpoint.layout.localIndex[send.destination] ?? -1;
    if (send.sent > before && local !== endpoint.local) endpoint.memory.ringDoorbell(local);
  } else {
    const link = linkTo(endpoint, send.destination);
    for (let i = 0; i < frames && !hasLeft(send) && pushFrame(endpoint, send, link); i++);
    if (send.sent > before && link === undefined) endpoint.wakeHost();
  }
  return hasLeft(send);
}

function pushDirect(ring: Ring, send: PendingSend): void {
  const count = Math.min(ringFree(ring), readyToLeave(send) - send.sent);
  if (count < MESSAGE_HEADER_BYTES && send.sent === 0) return;
  putPiece(ring, 0, { send, count });
  ringPublish(ring, count);
  send.sent += count;
}

/**
 * A piece that is copied. With its header it fills a packet of the loopback device, and nothing is left
 * for another.
 */
const DATA_BYTES = FRAME_PAYLOAD_MAXIMUM - 128;

const frameHeader = new Int32Array(FRAME_HEADER_BYTES / 4);
const frameHeaderBytes = new Uint8Array(frameHeader.buffer);

function pushFrame(
  endpoint: Endpoint,
  send: PendingSend,
  link: DescriptorLink | undefined,
): boolean {
  const { outbound, layout, streamed } = endpoint;
  if (outbound === undefined) return false;
  const { destination } = send;
  const word = acknowledgedWord(layout, endpoint.local, destination);
  const acknowledged = Atomics.load(endpoint.memory.words, word);
  const inFlight = ((streamed[destination] ?? 0) - acknowledged) >>> 0;
  const ready = Math.min(layout.ringBytes - inFlight, readyToLeave(send) - send.sent);
  if (ready <= 0 || (send.sent === 0 && ready < MESSAGE_HEADER_BYTES)) return false;
  const count = link
    ? writePiece(endpoint, send, { link, ready })
    : queuePiece(endpoint, send, { outbound, ready });
  if (count === 0) return false;
  streamed[destination] = ((streamed[destination] ?? 0) + count) | 0;
  send.sent += count;
  return true;
}

/** Through the host: as much as its ring has room for. Returns how much. */
function queuePiece(
  endpoint: Endpoint,
  send: PendingSend,
  by: { readonly outbound: Ring; readonly ready: number },
): number {
  const { outbound, ready } = by;
  const count = Math.min(ready, DATA_BYTES, ringFree(outbound) - FRAME_HEADER_BYTES);
  if (count <= 0 || (send.sent === 0 && count < MESSAGE_HEADER_BYTES)) return 0;
  frameHeader[0] = count;
  frameHeader[1] = FrameKind.data;
  frameHeader[2] = endpoint.rank;
  frameHeader[3] = send.destination;
  ringPut(outbound, 0, { bytes: frameHeaderBytes, from: 0, count: FRAME_HEADER_BYTES });
  putPiece(outbound, FRAME_HEADER_BYTES, { send, count });
  ringPublish(outbound, FRAME_HEADER_BYTES + count);
  return count;
}

/** A piece that takes longer keeps others waiting; after one that takes less it may be longer. */
const LONG_MS = 1;
const SHORT_MS = 0.25;

/** Onto the connection: as much as its lock may be held for. Returns how much. */
function writePiece(
  endpoint: Endpoint,
  send: PendingSend,
  by: { readonly link: DescriptorLink; readonly ready: number },
): number {
  const { link, ready } = by;
  const { payload, destination } = send;
  const header = send.sent === 0 ? MESSAGE_HEADER_BYTES : 0;
  const from = send.sent + header - MESSAGE_HEADER_BYTES;
  const left = payload.byteLength - from;
  // What is padded at its end is copied, the last piece of it at least.
  const run = left % 8 > 0 && left <= DATA_BYTES ? 0 : left - (left % 8);
  const shared = Math.min(ready, run) >= RUN_BYTES && endpoint.arenaBuffers.has(payload.buffer);
  const count = shared
    ? Math.min(ready, header + run, link.pieceBytes)
    : Math.min(ready, DATA_BYTES);
  const put = (heap: Uint8Array, words: Int32Array, at: number): number => {
    const filled = fillHeader(words, at / 4, send);
    if (shared) return filled;
    fillPayload(heap, at + filled, { send, count });
    return count;
  };
  const rest = shared ? payload.byteOffset + from : 0;
  const frame = { kind: FrameKind.data, source: endpoint.rank, destination, count, put, rest };
  if (!shared || count < DATA_BYTES) return writeFrame(endpoint, link, frame) ? count : 0;
  const began = performance.now();
  if (!writeFrame(endpoint, link, frame)) return 0;
  const took = performance.now() - began;
  if (took > LONG_MS) link.pieceBytes = Math.max(DATA_BYTES, link.pieceBytes / 2);
  else if (took < SHORT_MS) link.pieceBytes = Math.min(DATA_PAYLOAD_MAXIMUM, link.pieceBytes * 2);
  return count;
}

/** Below, a copy costs less than a second run. */
const RUN_BYTES = 2048;

type Piece = { readonly send: PendingSend; readonly count: number };

/** The header, which is never torn: all of it leaves first. Returns how many bytes that are now. */
function fillHeader(words: Int32Array, at: number, send: PendingSend): number {
  if (send.sent > 0) return 0;
  const { envelope, payload } = send;
  words[at] = payload.byteLength | 0;
  words[at + 1] = Math.floor(payload.byteLength / 2 ** 32);
  words[at + 2] = envelope.context;
  words[at + 3] = envelope.tag;
  words[at + 4] = envelope.call[0];
  words[at + 5] = envelope.call[1];
  words[at + 6] = envelope.call[2];
  words[at + 7] = envelope.type;
  return MESSAGE_HEADER_BYTES;
}

/** What belongs to a piece of the payload, behind the header. */
function fillPayload(target: Uint8Array, at: number, { send, count }: Piece): void {
  const filled = send.sent === 0 ? MESSAGE_HEADER_BYTES : 0;
  const from = send.sent + filled - MESSAGE_HEADER_BYTES;
  const part = Math.min(count - filled, send.payload.byteLength - from);
  if (part > LOOP_BYTES) target.set(send.payload.subarray(from, from + part), at);
  else for (let i = 0; i < part; i++) target[at + i] = send.payload[from + i] ?? 0;
}

/** Fewer bytes are copied one by one as quickly as a view is made. */
const LOOP_BYTES = 64;

const header = new Int32Array(HEADER_WORDS);
const headerBytes = new Uint8Array(header.buffer);

/** Copies `count` bytes of header + payload + padding, from where the message stands. */
function putPiece(ring: Ring, ahead: number, { send, count }: Piece): void {
  const filled = fillHeader(header, 0, send);
  if (filled > 0) ringPut(ring, ahead, { bytes: headerBytes, from: 0, count: filled });
  const from = send.sent + filled - MESSAGE_HEADER_BYTES;
  const part = Math.min(count - filled, send.payload.byteLength - from);
  if (part > 0) ringPut(ring, ahead + filled, { bytes: send.payload, from, count: part });
}
