import { deliver } from './deliver.ts';
import type { Delivery } from './deliver.ts';
import type { Endpoint } from './endpoint.ts';
import { ringTail } from './ring.ts';
import { FIRST_RANK, isActive, tryLock, unlock, writeRuns } from './transport/descriptor.ts';
import type { DescriptorLink } from './transport/descriptor.ts';
import { NO_RUN } from './transport/descriptorIo.ts';
import type { Run } from './transport/descriptorIo.ts';
import {
  FRAME_HEADER_BYTES,
  FRAME_PAYLOAD_MAXIMUM,
  FrameKind,
  MESSAGE_HEADER_BYTES,
} from './transport/frame.ts';
import type { Frame } from './transport/frame.ts';
import { readFrames } from './transport/reading.ts';
import type { Expected, Taker } from './transport/reading.ts';

/** A rank's use of the connections whose descriptors it may poll. */
export type Polled = {
  readonly link: DescriptorLink;
  readonly taker: Taker & { readonly expected: Expected };
};

/** A rank's own streams, which it takes without the detour through the ring. */
export type OwnStreams = {
  readonly rank: number;
  /** False when something is before it in the ring. */
  feed(source: number, piece: Uint8Array): boolean;
  room(source: number): Readonly<Run>;
  took(source: number, bytes: number): void;
};

export const polledLink = (link: DescriptorLink, delivery: Delivery, own: OwnStreams): Polled => {
  const { partOfRank } = delivery.memory.layout;
  const isMine = (source: number, destination: number): boolean =>
    destination === own.rank && partOfRank[source] === link.part;
  const take = (frame: Frame): void => {
    const mine = frame.kind === FrameKind.data && isMine(frame.source, frame.destination);
    if (mine && own.feed(frame.source, frame.payload)) return;
    deliver(delivery, link.part, frame);
  };
  const room = (source: number, destination: number): Readonly<Run> =>
    isMine(source, destination) ? own.room(source) : NO_RUN;
  const expected: Expected = { header: undefined, arrived: () => undefined };
  return { link, taker: { take, room, took: own.took, expected } };
};

export const ownerOf = (endpoint: Endpoint): number => endpoint.local + FIRST_RANK;

/** Reads from every connection. Returns whether anything came, for whomever. */
export function pollLinks(endpoint: Endpoint): boolean {
  let moved = false;
  for (const polled of endpoint.polled) {
    if (polled !== undefined && readFrames(polled.link, ownerOf(endpoint), polled.taker)) {
      moved = true;
    }
  }
  return moved;
}

/** The connection to a rank of another part, when it is one that ranks may use. */
export function linkTo(endpoint: Endpoint, rank: number): DescriptorLink | undefined {
  const polled = endpoint.polled[endpoint.layout.partOfRank[rank] ?? -1];
  return polled !== undefined && isActive(polled.link) ? polled.link : undefined;
}

/** A frame is put together from a short beginning and, maybe, a run of shared memory. */
export type FrameWork = {
  readonly kind: FrameKind;
  readonly source: number;
  readonly destination: number;
  /** Payload bytes; multiple of 4. */
  readonly count: number;
  /** Writes the payload from `at` on; returns how much of it, the rest being `rest`. */
  readonly put: (heap: Uint8Array, words: Int32Array, at: number) => number;
  /** Address of the rest of the payload, which follows without a copy. */
  readonly rest: number;
};

/** Polls of a connection that takes nothing before this rank naps. */
const FULL_POLLS = 200;
const PATIENT_POLLS = 20;
const first: Run = { address: 0, bytes: 0 };
const second: Run = { address: 0, bytes: 0 };

/**
 * Writes one frame. Returns false when another thread is writing. While the connection is full
 * this rank goes on reading, since the peer may be stuck in the same way.
 */
export function writeFrame(endpoint: Endpoint, link: DescriptorLink, frame: FrameWork): boolean {
  if (!tryLock(link, link.writeLock, ownerOf(endpoint))) return false;
  try {
    const at = endpoint.frameScratch;
    const header = at / 4;
    const heap = endpoint.heapView(Uint8Array, at + FRAME_HEADER_BYTES + FRAME_PAYLOAD_MAXIMUM);
    const words = endpoint.heapView(Int32Array, at + FRAME_HEADER_BYTES + MESSAGE_HEADER_BYTES);
    const copied = FRAME_HEADER_BYTES + frame.put(heap, words, at + FRAME_HEADER_BYTES);
    words[header] = frame.count;
    words[header + 1] = frame.kind;
    words[header + 2] = frame.source;
    words[header + 3] = frame.destination;
    const to = FRAME_HEADER_BYTES + frame.count;
    let idle = 0;
    for (let from = 0; from < to && isActive(link); ) {
      // Reading in between may write a credit, which uses the same two.
      first.address = at + from;
      first.bytes = Math.max(0, copied - from);
      second.address = frame.rest + Math.max(0, from - copied);
      second.bytes = Math.min(to - from, to - copied);
      const count =
        first.bytes > 0 ? writeRuns(link, first, second) : writeRuns(link, second, NO_RUN);
      from += count;
      if (from === to) break;
      idle = count > 0 ? 0 : idle + 1;
      // Not at once: what comes before it is wanted must be put aside.
      if (idle > PATIENT_POLLS && pollLinks(endpoint)) idle = PATIENT_POLLS;
      if (idle > FULL_POLLS) nap(endpoint);
    }
  } finally {
    unlock(link, link.writeLock);
  }
  return true;
}

const NAP_MS = 0.05;

/** A word that never changes serves as an alarm clock. */
function nap(endpoint: Endpoint): void {
  Atomics.wait(endpoint.memory.words, 0, 0, NAP_MS);
}

/** Tells a rank elsewhere how much of its stream this rank has consumed. */
export function sendCredit(endpoint: Endpoint, link: DescriptorLink, source: number): boolean {
  const ring = endpoint.inbound[source];
  if (ring === undefined) return true;
  return writeFrame(endpoint, link, {
    kind: FrameKind.credit,
    source,
    destination: endpoint.rank,
    count: 4,
    rest: 0,
    put: (_, words, at) => {
      // Looked up under the lock, so that credits leave in the order of their values.
      words[at / 4] = ringTail(ring);
      return 4;
    },
  });
}
