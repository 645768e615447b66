/**
 * A byte ring in shared memory with one producer and one consumer. Head and tail count bytes
 * modulo 2^32; everything moves in multiples of 8 bytes, so free space never has odd remainders.
 */

export type Ring = {
  readonly words: Int32Array;
  readonly bytes: Uint8Array;
  readonly headWord: number;
  readonly tailWord: number;
  readonly data: number;
  readonly capacity: number;
};

export const roundUp8 = (bytes: number): number => Math.ceil(bytes / 8) * 8;

export function ringAt(
  views: { readonly words: Int32Array; readonly bytes: Uint8Array },
  place: { readonly control: number; readonly data: number },
  capacity: number,
): Ring {
  return {
    words: views.words,
    bytes: views.bytes,
    headWord: place.control / 4,
    tailWord: place.control / 4 + 16,
    data: place.data,
    capacity,
  };
}

export const ringHead = (ring: Ring): number => Atomics.load(ring.words, ring.headWord);
export const ringTail = (ring: Ring): number => Atomics.load(ring.words, ring.tailWord);

/** Bytes that the consumer may read. */
export const ringUsed = (ring: Ring): number => (ringHead(ring) - ringTail(ring)) >>> 0;
/** Bytes that the producer may write. */
export const ringFree = (ring: Ring): number => ring.capacity - ringUsed(ring);

/** Copies into the ring `ahead` bytes after the head, without publishing. */
export function ringPut(
  ring: Ring,
  ahead: number,
  source: { readonly bytes: Uint8Array; readonly from: number; readonly count: number },
): void {
  const { bytes, from, count } = source;
  const at = (ringHead(ring) + ahead) & (ring.capacity - 1);
  const first = Math.min(count, ring.capacity - at);
  copy(ring.bytes, ring.data + at, bytes, from, first);
  if (first < count) copy(ring.bytes, ring.data, bytes, from + first, count - first);
}

export const ringPublish = (ring: Ring, bytes: number): void => {
  Atomics.store(ring.words, ring.headWord, (ringHead(ring) + bytes) | 0);
};

/** Copies `count` bytes out, starting `ahead` bytes after the tail, without consuming them. */
export function ringPeek(
  ring: Ring,
  ahead: number,
  target: { readonly bytes: Uint8Array; readonly from: number; readonly count: number },
): void {
  const { bytes, from, count } = target;
  const at = (ringTail(ring) + ahead) & (ring.capacity - 1);
  const first = Math.min(count, ring.capacity - at);
  copy(bytes, from, ring.bytes, ring.data + at, first);
  if (first < count) copy(bytes, from + first, ring.bytes, ring.data, count - first);
}

export const ringConsume = (ring: Ring, bytes: number): void => {
  Atomics.store(ring.words, ring.tailWord, (ringTail(ring) + bytes) | 0);
};

/** A loop is quicker than making a view for a handful of bytes. */
function copy(to: Uint8Array, toAt: number, from: Uint8Array, fromAt: number, count: number): void {
  if (count > 64) {
    to.set(from.subarray(fromAt, fromAt + count), toAt);
    return;
  }
  for (let i = 0; i < count; i++) to[toAt + i] = from[fromAt + i] ?? 0;
}
