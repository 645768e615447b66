import { deliver } from './deliver.ts';
import type { Delivery } from './deliver.ts';
import type { Endpoint } from './endpoint.ts';
import { ringTail } from './ring.ts';
import {
  FIRST_RANK,
  isActive,
  readFrames,
  tryLock,
  unlock,
  writeSome,
} from './transport/descriptor.ts';
import type { DescriptorLink } from './transport/descriptor.ts';
import { FRAME_HEADER_BYTES, FRAME_PAYLOAD_MAXIMUM, FrameKind } from './transport/frame.ts';
import type { Frame } from './transport/frame.ts';

/** A rank's use of the connections whose descriptors it may poll. */
export type Polled = {
  readonly link: DescriptorLink;
  readonly take: (frame: Frame) => void;
};

/**
 * `feed` takes a piece of this rank's own streams without the detour through the ring, when
 * nothing is before it.
 */
export const polledLink = (
  link: DescriptorLink,
  delivery: Delivery,
  own: { readonly rank: number; feed(source: number, piece: Uint8Array): boolean },
): Polled => {
  const { partOfRank } = delivery.memory.layout;
  const take = (frame: Frame): void => {
    const mine = frame.kind === FrameKind.data && frame.destination === own.rank;
    if (mine && partOfRank[frame.source] === link.part && own.feed(frame.source, frame.payload)) {
      return;
    }
    deliver(delivery, link.part, frame);
  };
  return { link, take };
};

const ownerOf = (endpoint: Endpoint): number => endpoint.local + FIRST_RANK;

/** Reads from every connection. Returns whether anything came, for whomever. */
export function pollLinks(endpoint: Endpoint): boolean {
  let moved = false;
  for (const polled of endpoint.polled) {
    if (polled !== undefined && readFrames(polled.link, ownerOf(endpoint), polled.take)) {
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

const scratch = new Uint8Array(FRAME_HEADER_BYTES + FRAME_PAYLOAD_MAXIMUM);
const scratchWords = new Int32Array(scratch.buffer, 0, FRAME_HEADER_BYTES / 4);

/**
 * Writes one frame whose payload `put` writes into the scratch buffer. Returns false when another
 * thread is writing. While the connection is full this rank goes on reading, since the peer may
 * be stuck in the same way.
 */
export function writeFrame(
  endpoint: Endpoint,
  link: DescriptorLink,
  frame: {
    readonly kind: FrameKind;
    readonly source: number;
    readonly destination: number;
    readonly count: number;
    readonly put: (target: Uint8Array, at: number) => void;
  },
): boolean {
  if (!tryLock(link, link.writeLock, ownerOf(endpoint))) return false;
  try {
    frame.put(scratch, FRAME_HEADER_BYTES);
    scratchWords[0] = frame.count;
    scratchWords[1] = frame.kind;
    scratchWords[2] = frame.source;
    scratchWords[3] = frame.destination;
    const to = FRAME_HEADER_BYTES + frame.count;
    for (let from = 0; from < to && isActive(link); ) {
      from += writeSome(link, scratch, { from, to });
      if (from < to && !pollLinks(endpoint)) nap(endpoint);
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
    put: (target, at) => {
      // Looked up under the lock, so that credits leave in the order of their values.
      new DataView(target.buffer).setInt32(at, ringTail(ring), true);
    },
  });
}
