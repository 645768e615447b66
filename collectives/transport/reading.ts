import { HOST_OWNER, closeLink, isActive, tryLock, unlock } from './descriptor.ts';
import type { DescriptorLink } from './descriptor.ts';
import { AGAIN, ENDED, NO_RUN } from './descriptorIo.ts';
import type { Run } from './descriptorIo.ts';
import {
  FRAME_HEADER_BYTES,
  FrameKind,
  MESSAGE_HEADER_BYTES,
  checkLength,
  kindOf,
} from './frame.ts';
import type { Frame } from './frame.ts';

/**
 * Reading a descriptor: frames of all kinds through the link's buffer, long pieces of streams straight to
 * where they belong. What is half read is kept in the link, so that the next thread goes on.
 */

/** The start-up test: the descriptor can be read without blocking, or has nothing to read. */
export function isReadable(link: DescriptorLink): boolean {
  const filled = Atomics.load(link.words, link.filled);
  const count = readOn(link, filled, link.buffer.length);
  if (count > 0) Atomics.store(link.words, link.filled, filled + count);
  return count > 0 || count === AGAIN;
}

/** Who takes what a link brings. */
export type Taker = {
  /** A whole frame, or a piece of a data frame; its payload is only valid during the call. */
  take(frame: Frame): void;
  /**
   * The run of memory where the next bytes of a stream belong, if they can be read straight there:
   * then `took` tells how many came. Multiple of 8; 0 bytes: they cannot.
   */
  room?(source: number, destination: number): Readonly<Run>;
  took?(source: number, bytes: number): void;
  readonly expected?: Expected;
};

/** A frame that is likely to come next, as the first and only one. */
export type Expected = {
  /** Header of the frame and of the message in it; undefined when none is expected, or has come. */
  header: Int32Array | undefined;
  /** It has come, and its payload lies here during the call. */
  arrived: (address: number) => void;
};

/** What is read at once while nobody knows what it is: a few small messages. */
const UNKNOWN_BYTES = 64 * 1024;
/** Less is copied as quickly as read on its own. */
const DIRECT_BYTES = 4096;
/** What may follow a run that is read to where it belongs: the beginning of the next frame. */
const BEYOND_BYTES = 256;

/**
 * Reads whatever has arrived and hands it over. Returns whether anything came. A frame that breaks
 * the format closes the link.
 */
export function readFrames(link: DescriptorLink, owner: number, taker: Taker): boolean {
  if (!isActive(link) || !tryLock(link, link.readLock, owner)) return false;
  if (owner !== HOST_OWNER) Atomics.add(link.words, link.polls, 1);
  try {
    const count = readOnce(link, taker);
    if (count === ENDED) closeLink(link);
    if (count > 0) Atomics.add(link.words, link.heard, 1);
    return count > 0;
  } catch (error) {
    closeLink(link);
    if (!(error instanceof RangeError)) throw error;
    return false;
  } finally {
    unlock(link, link.readLock);
  }
}

/** Bytes of long messages are read to where they belong, everything else into the buffer. */
function readOnce(link: DescriptorLink, taker: Taker): number {
  const { words, current } = link;
  const missing = words[current] ?? 0;
  const filled = Atomics.load(words, link.filled);
  const between = missing === 0 && filled === 0;
  if (between && taker.expected?.header !== undefined) return readExpected(link, taker);
  let limit = between ? UNKNOWN_BYTES : link.buffer.length;
  if ((between || missing > 0) && taker.room !== undefined) {
    const { address, bytes } = taker.room(words[current + 1] ?? -1, words[current + 2] ?? -1);
    if (between && bytes >= DIRECT_BYTES) return readNext(link, taker, { address, bytes });
    const room = Math.min(bytes, missing);
    if (room >= DIRECT_BYTES) return readTo(link, taker, { address, bytes: room });
    if (room > 0) limit = Math.min(limit, missing + BEYOND_BYTES);
  }
  const count = readOn(link, filled, limit);
  if (count > 0) Atomics.store(words, link.filled, parse(link, filled + count, taker));
  return count;
}

/** A frame that is known beforehand is compared, anything else parsed. */
function readExpected(link: DescriptorLink, taker: Taker): number {
  const count = readOn(link, 0, UNKNOWN_BYTES);
  if (count <= 0) return count;
  const { expected } = taker;
  const header = expected?.header;
  const whole = FRAME_HEADER_BYTES + (header?.[0] ?? 0);
  if (expected && header && count === whole && startsWith(link, header)) {
    expected.header = undefined;
    expected.arrived(link.bufferAt + header.byteLength);
  } else Atomics.store(link.words, link.filled, parse(link, count, taker));
  return count;
}

function startsWith({ words, bufferAt }: DescriptorLink, header: Int32Array): boolean {
  for (let i = 0; i < header.length; i++) if (words[bufferAt / 4 + i] !== header[i]) return false;
  return true;
}

const front: Run = { address: 0, bytes: 0 };
const back: Run = { address: 0, bytes: 0 };

/** Reads behind what is in the buffer. */
function readOn(link: DescriptorLink, filled: number, limit: number): number {
  front.address = link.bufferAt + filled;
  front.bytes = limit - filled;
  return link.io.read(front, NO_RUN);
}

/** Reads the rest of the current frame to where it belongs; `to` is not more than that. */
function readTo(link: DescriptorLink, taker: Taker, to: Run): number {
  const memory = link.io.bytesTo(to.address + to.bytes);
  // Of an eight that was torn apart.
  const before = Atomics.load(link.words, link.filled);
  for (let i = 0; i < before; i++) memory[to.address + i] = link.buffer[i] ?? 0;
  front.address = to.address + before;
  front.bytes = to.bytes - before;
  back.address = link.bufferAt;
  back.bytes = BEYOND_BYTES;
  const count = link.io.read(front, back);
  if (count <= 0) return count;
  const came = Math.min(to.bytes, before + count);
  const torn = keepTorn(link, taker, { address: to.address, bytes: came });
  const filled = torn > 0 ? torn : parse(link, before + count - came, taker);
  Atomics.store(link.words, link.filled, filled);
  return count;
}

/** So many bytes are where they belong: all but the last few, of an eight that was torn apart. */
function keepTorn(link: DescriptorLink, taker: Taker, { address, bytes }: Run): number {
  const { words, current, buffer } = link;
  const whole = bytes & ~7;
  const memory = link.io.bytesTo(address + bytes);
  for (let i = whole; i < bytes; i++) buffer[i - whole] = memory[address + i] ?? 0;
  words[current] = (words[current] ?? 0) - whole;
  taker.took?.(words[current + 1] ?? -1, whole);
  return bytes - whole;
}

/**
 * The message that came last goes on: its next frame is expected, and its payload read to where it
 * belongs. Whatever else came is put into the buffer, as if it had been read there.
 */
function readNext(link: DescriptorLink, taker: Taker, to: Run): number {
  const { words, current, buffer, bufferAt } = link;
  front.address = bufferAt;
  front.bytes = FRAME_HEADER_BYTES;
  back.address = to.address;
  back.bytes = Math.min(to.bytes, buffer.length - FRAME_HEADER_BYTES);
  const count = link.io.read(front, back);
  if (count <= FRAME_HEADER_BYTES) {
    if (count > 0) Atomics.store(words, link.filled, parse(link, count, taker));
    return count;
  }
  const came = count - FRAME_HEADER_BYTES;
  const memory = link.io.bytesTo(to.address + came);
  const length = expectedLength(link);
  if (length === 0) {
    buffer.set(memory.subarray(to.address, to.address + came), FRAME_HEADER_BYTES);
    Atomics.store(words, link.filled, parse(link, count, taker));
    return count;
  }
  words[current] = length;
  const belongs = Math.min(length, came);
  // Looked at first: a piece may end the message, and what follows it is not of it.
  buffer.set(memory.subarray(to.address + belongs, to.address + came), 0);
  const torn = keepTorn(link, taker, { address: to.address, bytes: belongs });
  const filled = torn > 0 ? torn : parse(link, came - belongs, taker);
  Atomics.store(words, link.filled, filled);
  return count;
}

/** The length of a frame at the front of the buffer, if it goes on with the last stream; else 0. */
function expectedLength(link: DescriptorLink): number {
  const { words, current } = link;
  const goesOn =
    wordAt(link, 4) === FrameKind.data &&
    wordAt(link, 8) === words[current + 1] &&
    wordAt(link, 12) === words[current + 2];
  if (!goesOn) return 0;
  const length = wordAt(link, 0);
  checkLength(FrameKind.data, length);
  return length;
}

/** Four little-endian bytes of the buffer, anywhere; a view of them would cost more. */
function wordAt({ buffer }: DescriptorLink, at: number): number {
  const byte = (i: number): number => buffer[at + i] ?? 0;
  return byte(0) | (byte(1) << 8) | (byte(2) << 16) | (byte(3) << 24);
}

/** Hands over what is complete, moves the rest to the front; returns how much that is. */
function parse(link: DescriptorLink, filled: number, taker: Taker): number {
  const { buffer, words, current } = link;
  let at = 0;
  while (at < filled) {
    const missing = words[current] ?? 0;
    const count = Math.min(missing, (filled - at) & ~7);
    const moved =
      missing > 0 ? passPiece(link, taker, at, count) : beginFrame(link, taker, at, filled);
    if (moved === 0) break;
    at += moved;
  }
  if (at > 0 && at < filled) buffer.copyWithin(0, at, filled);
  return filled - at;
}

/** Bytes [at, at + count) of the buffer belong to the current frame. Returns how many were taken. */
function passPiece(link: DescriptorLink, taker: Taker, at: number, count: number): number {
  if (count === 0) return 0;
  const { buffer, words, current } = link;
  const [source = -1, destination = -1] = [words[current + 1], words[current + 2]];
  const payload = buffer.subarray(at, at + count);
  taker.take({ kind: FrameKind.data, source, destination, payload });
  words[current] = (words[current] ?? 0) - count;
  return count;
}

/** Returns how many bytes it took: a whole frame, or the header of a data frame, the current one then. */
function beginFrame(link: DescriptorLink, taker: Taker, at: number, filled: number): number {
  const left = filled - at - FRAME_HEADER_BYTES;
  if (left < 0) return 0;
  const length = wordAt(link, at);
  const kind = kindOf(wordAt(link, at + 4));
  checkLength(kind, length);
  const data = kind === FrameKind.data;
  if (left < (data ? Math.min(length, MESSAGE_HEADER_BYTES) : length)) return 0;
  const source = wordAt(link, at + 8);
  const destination = wordAt(link, at + 12);
  if (data) {
    const { words, current } = link;
    words[current] = length;
    words[current + 1] = source;
    words[current + 2] = destination;
    return FRAME_HEADER_BYTES;
  }
  const from = at + FRAME_HEADER_BYTES;
  const payload = link.buffer.subarray(from, from + length);
  if (kind === FrameKind.goodbye) Atomics.store(link.words, link.goodbye, 1);
  else if (kind === FrameKind.rest) Atomics.store(link.words, link.resting, 1);
  else if (kind === FrameKind.heartbeat) Atomics.store(link.words, link.resting, 0);
  else taker.take({ kind, source, destination, payload });
  return FRAME_HEADER_BYTES + length;
}
