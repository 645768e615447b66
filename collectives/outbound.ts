import type { Endpoint } from './endpoint.ts';
import { HEADER_BYTES, HEADER_WORDS } from './inbound.ts';
import { OUTBOUND_BYTES, acknowledgedWord } from './layout.ts';
import { ringFree, ringPublish, ringPut, roundUp8 } from './ring.ts';
import type { Ring } from './ring.ts';
import { FRAME_HEADER_BYTES, FRAME_PAYLOAD_MAXIMUM, FrameKind } from './transport/frame.ts';
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
  readonly header: Uint8Array;
  readonly payload: Uint8Array;
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

/** Queues a message and moves what can be moved. The payload must not change until it has left. */
export function startSend(
  endpoint: Endpoint,
  destination: number,
  message: { readonly envelope: Envelope; readonly payload: Uint8Array },
): PendingSend {
  const { envelope, payload } = message;
  const words = new Int32Array(HEADER_WORDS);
  words[0] = payload.byteLength | 0;
  words[1] = Math.floor(payload.byteLength / 2 ** 32);
  words[2] = envelope.context;
  words[3] = envelope.tag;
  words.set(envelope.call, 4);
  words[7] = envelope.type;
  const send: PendingSend = {
    destination,
    header: new Uint8Array(words.buffer),
    payload,
    sent: 0,
    total: HEADER_BYTES + roundUp8(payload.byteLength),
  };
  if (destination !== endpoint.rank) addSent(endpoint.usage, payload.byteLength);
  const queued = endpoint.sending.some((earlier) => earlier.destination === destination);
  if (queued || !push(endpoint, send)) endpoint.sending.push(send);
  return send;
}

export const hasLeft = (send: PendingSend): boolean => send.sent === send.total;

/** Moves every queue of messages that can move. Returns whether anything did. */
export function pushAll(endpoint: Endpoint): boolean {
  const blocked = new Set<number>();
  let moved = false;
  for (const send of endpoint.sending.slice()) {
    if (blocked.has(send.destination)) continue;
    const before = send.sent;
    if (push(endpoint, send)) endpoint.sending.splice(endpoint.sending.indexOf(send), 1);
    else blocked.add(send.destination);
    moved ||= send.sent > before;
  }
  return moved;
}

function push(endpoint: Endpoint, send: PendingSend): boolean {
  const ring = endpoint.direct[send.destination];
  const before = send.sent;
  if (ring !== undefined) {
    pushDirect(ring, send);
    const local = endpoint.layout.localIndex[send.destination] ?? -1;
    if (send.sent > before && local !== endpoint.local) endpoint.memory.ringDoorbell(local);
  } else {
    const link = linkTo(endpoint, send.destination);
    while (!hasLeft(send) && pushFrame(endpoint, send, link));
    if (send.sent > before && link === undefined) endpoint.wakeHost();
  }
  return hasLeft(send);
}

function pushDirect(ring: Ring, send: PendingSend): void {
  const count = Math.min(ringFree(ring), send.total - send.sent);
  if (count < HEADER_BYTES && send.sent === 0) return;
  putPiece(ring, 0, { send, count });
  ringPublish(ring, count);
  send.sent += count;
}

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
  const free = link === undefined ? ringFree(outbound) : OUTBOUND_BYTES;
  const room = free - FRAME_HEADER_BYTES;
  const count = Math.min(
    layout.ringBytes - inFlight,
    room,
    FRAME_PAYLOAD_MAXIMUM,
    send.total - send.sent,
  );
  if (count <= 0 || (send.sent === 0 && count < HEADER_BYTES)) return false;
  if (link !== undefined) {
    const rest = restAt(endpoint, { send, count });
    const put = (heap: Uint8Array, at: number): number =>
      rest === 0 ? fillPiece(heap, at, { send, count }) : fillHeader(heap, at, send);
    const frame = { kind: FrameKind.data, source: endpoint.rank, destination, count, put, rest };
    if (!writeFrame(endpoint, link, frame)) return false;
  } else {
    queueFrame(endpoint, outbound, { send, count });
  }
  streamed[destination] = ((streamed[destination] ?? 0) + count) | 0;
  send.sent += count;
  return true;
}

type Piece = { readonly send: PendingSend; readonly count: number };

function queueFrame(endpoint: Endpoint, outbound: Ring, { send, count }: Piece): void {
  frameHeader[0] = count;
  frameHeader[1] = FrameKind.data;
  frameHeader[2] = endpoint.rank;
  frameHeader[3] = send.destination;
  ringPut(outbound, 0, { bytes: frameHeaderBytes, from: 0, count: FRAME_HEADER_BYTES });
  putPiece(outbound, FRAME_HEADER_BYTES, { send, count });
  ringPublish(outbound, FRAME_HEADER_BYTES + count);
}

/** Below, a copy costs less than a second run. */
const RUN_BYTES = 2048;

/** Address of the payload's part of a piece, when it lies in shared memory and is long. */
function restAt(endpoint: Endpoint, { send, count }: Piece): number {
  const header = Math.max(0, HEADER_BYTES - send.sent);
  const from = Math.max(0, send.sent - HEADER_BYTES);
  const { payload } = send;
  const whole = count - header <= payload.byteLength - from;
  if (!whole || count < RUN_BYTES || !endpoint.arenaBuffers.has(payload.buffer)) return 0;
  return payload.byteOffset + from;
}

/** What is left of the header; returns how much. */
function fillHeader(heap: Uint8Array, at: number, { header, sent }: PendingSend): number {
  for (let i = sent; i < HEADER_BYTES; i++) heap[at + i - sent] = header[i] ?? 0;
  return Math.max(0, HEADER_BYTES - sent);
}

/** As putPiece, into plain memory. */
function fillPiece(target: Uint8Array, at: number, { send, count }: Piece): number {
  const filled = fillHeader(target, at, send);
  const from = send.sent + filled - HEADER_BYTES;
  const part = Math.min(count - filled, send.payload.byteLength - from);
  if (part > 0) target.set(send.payload.subarray(from, from + part), at + filled);
  return count;
}

/** Copies `count` bytes of header + payload + padding, from where the message stands. */
function putPiece(
  ring: Ring,
  ahead: number,
  { send, count }: { readonly send: PendingSend; readonly count: number },
): void {
  let at = ahead;
  let from = send.sent;
  if (from < HEADER_BYTES) {
    const part = Math.min(count, HEADER_BYTES - from);
    ringPut(ring, at, { bytes: send.header, from, count: part });
    at += part;
    from += part;
  }
  const payloadFrom = from - HEADER_BYTES;
  const part = Math.min(count - (at - ahead), send.payload.byteLength - payloadFrom);
  if (part > 0) ringPut(ring, at, { bytes: send.payload, from: payloadFrom, count: part });
}
