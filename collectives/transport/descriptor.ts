import { writeSync } from 'node:fs';
import { LINK_BYTES, LINK_RECEIVE_BYTES, linkOf } from '../layout.ts';
import type { Memory } from '../memory.ts';
import { AGAIN, ENDED, attempt, fsIo } from './descriptorIo.ts';
import type { DescriptorIo, Run } from './descriptorIo.ts';
import { FRAME_HEADER_BYTES, FRAME_PAYLOAD_MAXIMUM, FrameKind, kindOf } from './frame.ts';
import type { Frame } from './frame.ts';

/**
 * A connection that every thread of the part may use through its file descriptor: whoever waits
 * polls it, without an event loop in between. Reading and writing are each guarded by a lock word
 * that holds its owner; what is read but not yet understood stays in shared memory, so the next
 * reader goes on where the last one stopped. The descriptor is non-blocking: no call ever blocks.
 */
export type DescriptorLink = {
  readonly part: number;
  readonly words: Int32Array;
  readonly state: number;
  readonly readLock: number;
  readonly filled: number;
  /** How often ranks have looked: while it grows, the host need not. */
  readonly polls: number;
  readonly writeLock: number;
  readonly heard: number;
  readonly goodbye: number;
  readonly descriptor: number;
  readonly buffer: Uint8Array;
  /** Where the buffer lies in the shared memory. */
  readonly bufferAt: number;
  /** This thread's way to the descriptor. */
  readonly io: DescriptorIo;
};

export const LINK_ABSENT = 0;
export const LINK_ACTIVE = 1;
export const LINK_CLOSED = 2;

/** Lock owners: the host, or a rank by its local index + FIRST_RANK. */
export const HOST_OWNER = 1;
export const FIRST_RANK = 2;

/** Where the number of the descriptor to a part is kept. */
export const descriptorWord = (memory: Memory, part: number): number =>
  linkOf(memory.layout, part) / 4 + 1;

export function descriptorLink(
  memory: Memory,
  part: number,
  open: (wasm: WebAssembly.Memory, descriptor: number) => DescriptorIo = fsIo,
): DescriptorLink {
  const at = linkOf(memory.layout, part);
  const bufferAt = at + LINK_BYTES - LINK_RECEIVE_BYTES;
  return {
    part,
    words: memory.words,
    state: at / 4,
    descriptor: at / 4 + 1,
    heard: at / 4 + 2,
    goodbye: at / 4 + 3,
    readLock: at / 4 + 32,
    filled: at / 4 + 33,
    polls: at / 4 + 34,
    writeLock: at / 4 + 64,
    buffer: memory.bytes.subarray(bufferAt, bufferAt + LINK_RECEIVE_BYTES),
    bufferAt,
    io: open(memory.wasm, Atomics.load(memory.words, at / 4 + 1)),
  };
}

export const isActive = (link: DescriptorLink): boolean =>
  Atomics.load(link.words, link.state) === LINK_ACTIVE;

export function closeLink(link: DescriptorLink): void {
  Atomics.compareExchange(link.words, link.state, LINK_ACTIVE, LINK_CLOSED);
}

/** Takes a lock unless somebody has it. */
export const tryLock = (link: DescriptorLink, lock: number, owner: number): boolean =>
  Atomics.compareExchange(link.words, lock, 0, owner) === 0;
export const unlock = (link: DescriptorLink, lock: number): void => {
  Atomics.store(link.words, lock, 0);
};

/** The start-up test: the descriptor can be read without blocking, or has nothing to read. */
export function isReadable(link: DescriptorLink): boolean {
  const filled = Atomics.load(link.words, link.filled);
  const count = link.io.read(link.bufferAt + filled, link.buffer.length - filled);
  if (count > 0) Atomics.store(link.words, link.filled, filled + count);
  return count > 0 || count === AGAIN;
}

/**
 * Reads whatever has arrived and hands over the complete frames; their payload is only valid
 * during the call. Returns whether anything came. A frame that breaks the format closes the link.
 */
export function readFrames(
  link: DescriptorLink,
  owner: number,
  take: (frame: Frame) => void,
): boolean {
  if (!isActive(link) || !tryLock(link, link.readLock, owner)) return false;
  let moved = false;
  if (owner !== HOST_OWNER) Atomics.add(link.words, link.polls, 1);
  try {
    const filled = Atomics.load(link.words, link.filled);
    const count = link.io.read(link.bufferAt + filled, link.buffer.length - filled);
    if (count === ENDED) closeLink(link);
    if (count > 0) {
      moved = true;
      Atomics.add(link.words, link.heard, 1);
      Atomics.store(link.words, link.filled, parse(link, filled + count, take));
    }
  } catch (error) {
    closeLink(link);
    if (!(error instanceof RangeError)) throw error;
  } finally {
    unlock(link, link.readLock);
  }
  return moved;
}

/** Hands over complete frames, moves the rest to the front; returns how much that is. */
function parse(link: DescriptorLink, filled: number, take: (frame: Frame) => void): number {
  const { buffer } = link;
  const view = new DataView(buffer.buffer, buffer.byteOffset, filled);
  let at = 0;
  while (filled - at >= FRAME_HEADER_BYTES) {
    const length = view.getInt32(at, true);
    if (length < 0 || length > FRAME_PAYLOAD_MAXIMUM) {
      throw new RangeError(`the peer announced a frame of ${length} bytes`);
    }
    const end = at + FRAME_HEADER_BYTES + length;
    if (end > filled) break;
    const kind = kindOf(view.getInt32(at + 4, true));
    if (kind === FrameKind.goodbye) Atomics.store(link.words, link.goodbye, 1);
    else
      take({
        kind,
        source: view.getInt32(at + 8, true),
        destination: view.getInt32(at + 12, true),
        payload: buffer.subarray(at + FRAME_HEADER_BYTES, end),
      });
    at = end;
  }
  if (at > 0 && at < filled) buffer.copyWithin(0, at, filled);
  return filled - at;
}

/** A thread that died may have held a lock: its reads can go on, a half-written frame cannot. */
export function releaseLocks(link: DescriptorLink, owner: number): void {
  Atomics.compareExchange(link.words, link.readLock, owner, 0);
  if (Atomics.load(link.words, link.writeLock) === owner) closeLink(link);
}

/** Writes what the connection takes of bytes [from, to); the caller holds the write lock. */
export function writeSome(
  link: DescriptorLink,
  bytes: Uint8Array,
  range: { readonly from: number; readonly to: number },
): number {
  const { from, to } = range;
  const descriptor = Atomics.load(link.words, link.descriptor);
  const count = attempt(() => writeSync(descriptor, bytes, from, to - from));
  if (count === ENDED) closeLink(link);
  return Math.max(0, count);
}

/** As writeSome, of two runs of the shared memory. */
export function writeRuns(link: DescriptorLink, first: Run, second: Run): number {
  const count = link.io.write(first, second);
  if (count === ENDED) closeLink(link);
  return Math.max(0, count);
}
