import { writeSync } from 'node:fs';
import { LINK_BYTES, LINK_RECEIVE_BYTES, linkOf } from '../layout.ts';
import type { Memory } from '../memory.ts';
import { ENDED, attempt, fsIo } from './descriptorIo.ts';
import type { DescriptorIo, Run } from './descriptorIo.ts';
import { DATA_PAYLOAD_MAXIMUM } from './frame.ts';

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
  /** The data frame whose payload is being handed over: bytes still missing, source, destination. */
  readonly current: number;
  /** How often ranks have looked: while it grows, the host need not. */
  readonly polls: number;
  readonly writeLock: number;
  readonly heard: number;
  readonly goodbye: number;
  /** The peer has said that it is stopped. */
  readonly resting: number;
  readonly descriptor: number;
  readonly buffer: Uint8Array;
  /** Where the buffer lies in the shared memory. */
  readonly bufferAt: number;
  /** This thread's way to the descriptor. */
  readonly io: DescriptorIo;
  /** How long this thread's pieces of streams may be: so long that they do not keep others waiting. */
  pieceBytes: number;
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
    resting: at / 4 + 4,
    readLock: at / 4 + 32,
    filled: at / 4 + 33,
    polls: at / 4 + 34,
    current: at / 4 + 35,
    writeLock: at / 4 + 64,
    buffer: memory.bytes.subarray(bufferAt, bufferAt + LINK_RECEIVE_BYTES),
    bufferAt,
    io: open(memory.wasm, Atomics.load(memory.words, at / 4 + 1)),
    pieceBytes: DATA_PAYLOAD_MAXIMUM,
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
