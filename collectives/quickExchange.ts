import type { Endpoint } from './endpoint.ts';
import { contextOf } from './group.ts';
import type { Turn } from './group.ts';
import { messageTook } from './inbound.ts';
import { acknowledgedWord } from './layout.ts';
import { linkTo, ownerOf, writeFrame } from './polling.ts';
import type { FrameWork, Polled } from './polling.ts';
import { isPoisoned } from './poison.ts';
import { ringUsed } from './ring.ts';
import { FRAME_HEADER_BYTES, FrameKind, MESSAGE_HEADER_BYTES } from './transport/frame.ts';
import { readFrames } from './transport/reading.ts';
import { addBlocked, addSent } from './usage.ts';

/**
 * A short message to a rank elsewhere and one of the same length from it, the step that small
 * collectives consist of. What must come is known beforehand, header and all, so it is compared
 * instead of parsed, and nothing is allocated. Anything else that is there or comes is left to the
 * ordinary way (group.ts).
 *
 * Takes the addresses of what to send and of where to put what comes. Returns what it has done.
 */
export type QuickExchange = (mine: number, theirs: number) => 'both' | 'sent' | 'nothing';

/** Polls before waiting becomes somebody else's business, who looks at more than one stream. */
const POLLS = 100;
/** Empty polls after which others may have this core. */
const PATIENT_POLLS = 4;
/** Longer ones come in pieces, which have to be put together. */
const BYTES_MAXIMUM = 8 * 1024;

/** Of the frame's header and the message's: the epoch of the call. */
const TAG = 7;

/** `peer`: its world rank. Undefined when there is no such connection, or the length is unusual. */
export function planQuickExchange(
  turn: Turn,
  peer: number,
  { type, bytes }: { readonly type: number; readonly bytes: number },
): QuickExchange | undefined {
  const { endpoint } = turn.group;
  const polled = endpoint.polled[endpoint.layout.partOfRank[peer] ?? -1];
  if (polled === undefined || bytes === 0 || bytes % 8 !== 0 || bytes > BYTES_MAXIMUM) {
    return undefined;
  }
  const { expected } = polled.taker;
  const header = (source: number, destination: number): Int32Array => {
    const frame = [MESSAGE_HEADER_BYTES + bytes, FrameKind.data, source, destination];
    return Int32Array.of(...frame, bytes, 0, contextOf(turn.group), 0, ...turn.words, type);
  };
  const leaving = header(endpoint.rank, peer);
  const coming = header(peer, endpoint.rank);
  const frame = frameOf(endpoint, leaving);
  let to = 0;
  const arrived = (address: number): void => {
    endpoint.kernels.copy(to, address, bytes);
    messageTook(endpoint, peer, bytes);
  };
  return (mine, theirs) => {
    if (!isFree(endpoint, peer) || roomAt(endpoint, peer) < frame.count) return 'nothing';
    leaving[TAG] = turn.epoch;
    frame.from = mine;
    if (!writeFrame(endpoint, polled.link, frame)) return 'nothing';
    endpoint.streamed[peer] = ((endpoint.streamed[peer] ?? 0) + frame.count) | 0;
    addSent(endpoint.usage, bytes);
    to = theirs;
    coming[TAG] = turn.epoch;
    expected.header = coming;
    expected.arrived = arrived;
    awaitExpected(endpoint, polled, peer);
    const came = expected.header === undefined;
    expected.header = undefined;
    return came ? 'both' : 'sent';
  };
}

/** A frame of this header with the payload at `from`. */
function frameOf(endpoint: Endpoint, header: Int32Array): FrameWork & { from: number } {
  const [count = 0, , source = 0, destination = 0] = header;
  const frame = {
    kind: FrameKind.data,
    source,
    destination,
    count,
    rest: 0,
    from: 0,
    put: (_: Uint8Array, words: Int32Array, at: number): number => {
      const first = (at - FRAME_HEADER_BYTES) / 4;
      for (let i = FRAME_HEADER_BYTES / 4; i < header.length; i++)
        words[first + i] = header[i] ?? 0;
      endpoint.kernels.copy(at + MESSAGE_HEADER_BYTES, frame.from, count - MESSAGE_HEADER_BYTES);
      return count;
    },
  };
  return frame;
}

/** Polls until what is expected has come, something else has, or it takes long. */
function awaitExpected(endpoint: Endpoint, { link, taker }: Polled, peer: number): void {
  if (readFrames(link, ownerOf(endpoint), taker) && taker.expected.header === undefined) return;
  const began = performance.now();
  for (let polls = 0; polls < POLLS && isFree(endpoint, peer); polls++) {
    const came = readFrames(link, ownerOf(endpoint), taker);
    if (taker.expected.header === undefined) break;
    if (!came && polls > PATIENT_POLLS) endpoint.giveWay?.();
  }
  addBlocked(endpoint.usage, (performance.now() - began) / 1000);
}

/** Whether the streams from and to a peer stand between two messages, and nothing is to be said to it. */
function isFree(endpoint: Endpoint, peer: number): boolean {
  const { sending, unexpected, background, partial, creditDue, layout } = endpoint;
  const ring = endpoint.inbound[peer];
  return (
    sending.length === 0 &&
    unexpected.length === 0 &&
    background.length === 0 &&
    partial[peer] === undefined &&
    (creditDue[peer] ?? 0) < layout.ringBytes / 2 &&
    ring !== undefined &&
    ringUsed(ring) === 0 &&
    linkTo(endpoint, peer) !== undefined &&
    !isPoisoned(endpoint.memory)
  );
}

/** How many bytes the peer has room for. */
function roomAt({ layout, memory, local, streamed }: Endpoint, peer: number): number {
  const acknowledged = Atomics.load(memory.words, acknowledgedWord(layout, local, peer));
  return layout.ringBytes - (((streamed[peer] ?? 0) - acknowledged) >>> 0);
}
