import type { Socket } from 'node:net';
import type { Memory } from '../memory.ts';
import {
  HOST_OWNER,
  descriptorWord,
  LINK_ABSENT,
  LINK_ACTIVE,
  closeLink,
  descriptorLink,
  isActive,
  tryLock,
  unlock,
  writeSome,
} from './descriptor.ts';
import type { DescriptorLink } from './descriptor.ts';
import { FrameKind, encodeFrame } from './frame.ts';
import type { Frame } from './frame.ts';
import { STOPPED_MS } from './link.ts';
import type { Link, LinkEvents } from './link.ts';
import { isReadable, readFrames } from './reading.ts';

/**
 * The host's end of a connection whose descriptor the ranks poll: it sends control frames and
 * heartbeats between theirs, reads when no rank does, and notices the end. The numeric descriptor
 * and `readStop` of a socket's handle are not documented by Node, so `takeDescriptor` tests them
 * and the caller falls back to the event loop when they are not what we know.
 */

type Handle = { readonly fd: number; readStop(): unknown };

function isHandle(value: unknown): value is Handle {
  if (typeof value !== 'object' || value === null) return false;
  const descriptor: unknown = Reflect.get(value, 'fd');
  return typeof descriptor === 'number' && descriptor >= 0 && 'readStop' in value;
}

/** Stops the event loop from reading a socket. Undefined: this Node does not let us. */
export function takeDescriptor(
  memory: Memory,
  socket: Socket,
  part: number,
): DescriptorLink | undefined {
  const handle: unknown = Reflect.get(socket, '_handle');
  if (!isHandle(handle) || typeof handle.readStop !== 'function') return undefined;
  socket.pause();
  const early: unknown = socket.read();
  handle.readStop();
  Atomics.store(memory.words, descriptorWord(memory, part), handle.fd);
  const link = descriptorLink(memory, part);
  if (Buffer.isBuffer(early)) link.buffer.set(early);
  Atomics.store(link.words, link.filled, Buffer.isBuffer(early) ? early.length : 0);
  if (!isReadable(link)) {
    if (Buffer.isBuffer(early)) socket.unshift(early);
    return undefined;
  }
  Atomics.store(link.words, link.state, LINK_ACTIVE);
  return link;
}

const POLL_MS = 10;
const HEARTBEAT_MS = 1000;
const CLOSE_MS = 1000;
const NO_BYTES = new Uint8Array(0);

export function openDescriptorLink(
  socket: Socket,
  link: DescriptorLink,
  options: { readonly silenceSeconds: number } & LinkEvents,
): Link {
  const queue: Buffer[] = [];
  let sent = 0;
  let holding = false;
  let goodbye = false;
  let ended = false;
  let rests = false;
  let polled = 0;
  let heardCount = 0;
  let heardAt = performance.now();
  let ticked = heardAt;
  let pulsed = heardAt;

  const taker = { take: options.onFrame };
  const end = (reason: string | undefined): void => {
    if (ended) return;
    ended = true;
    clearInterval(poll);
    closeLink(link);
    // A thread may be inside a read or write of the descriptor: keep the number for a moment.
    setTimeout(() => {
      Atomics.store(link.words, link.state, LINK_ABSENT);
      socket.destroy();
    }, 20);
    options.onEnd(reason);
  };
  const flush = (): void => {
    if (!isActive(link)) return;
    if (queue.length === 0 || (!holding && !tryLock(link, link.writeLock, HOST_OWNER))) return;
    holding = true;
    for (let bytes = queue[0]; bytes !== undefined; bytes = queue[0]) {
      const count = writeSome(link, bytes, { from: sent, to: bytes.length });
      sent += count;
      if (sent === 0) break;
      // A frame that has begun must be finished before anybody else writes.
      if (sent < bytes.length) return;
      queue.shift();
      sent = 0;
    }
    unlock(link, link.writeLock);
    holding = false;
  };
  const send = (frame: Frame): void => {
    if (ended) return;
    queue.push(encodeFrame(frame));
    flush();
  };
  const control = (kind: FrameKind): void =>
    send({ kind, source: -1, destination: -1, payload: NO_BYTES });
  const tick = (): void => {
    // A host thread that loses its core while it holds the lock would stop the ranks.
    const polls = Atomics.load(link.words, link.polls);
    if (polls === polled) readFrames(link, HOST_OWNER, taker);
    polled = polls;
    goodbye ||= Atomics.load(link.words, link.goodbye) !== 0;
    flush();
    const now = performance.now();
    const heard = Atomics.load(link.words, link.heard);
    const rested = Atomics.load(link.words, link.resting) !== 0;
    // Who was stopped itself could not listen.
    if (heard !== heardCount || rested || now - ticked > STOPPED_MS) heardAt = now;
    heardCount = heard;
    ticked = now;
    if (!rests && now - pulsed > HEARTBEAT_MS) {
      pulsed = now;
      control(FrameKind.heartbeat);
    }
    if (!isActive(link)) end(goodbye ? undefined : 'the connection was closed');
    else if (now - heardAt > options.silenceSeconds * 1000) end('nothing was heard of it');
    else options.onWritable();
  };
  const poll = setInterval(tick, POLL_MS);
  poll.unref();
  socket.on('error', () => closeLink(link));
  return {
    part: link.part,
    polled: true,
    send,
    writable: () => queue.length < 64,
    rest: (on) => {
      rests = on;
      // It was told to rest as well, and may go on later.
      if (!on) Atomics.store(link.words, link.resting, 1);
      control(on ? FrameKind.rest : FrameKind.heartbeat);
    },
    leave: async () => {
      if (ended) return;
      control(FrameKind.goodbye);
      const deadline = performance.now() + CLOSE_MS;
      const goesOn = (): boolean => isActive(link) && performance.now() < deadline;
      const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 1));
      while (queue.length > 0 && goesOn()) {
        flush();
        await pause();
      }
      // A connection closed with something unread is reset, and what the peer has not got by then is
      // lost. It closes its side when it has read to our end: so this side reads until then.
      socket.end();
      while (goesOn()) {
        readFrames(link, HOST_OWNER, taker);
        await pause();
      }
      end(undefined);
    },
    destroy: () => end(undefined),
  };
}
