import { execFileSync } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { openEndpoint } from '../../collectives/endpoint.ts';
import type { Endpoint } from '../../collectives/endpoint.ts';
import { isComplete, postReceive } from '../../collectives/inbound.ts';
import type { PendingReceive } from '../../collectives/inbound.ts';
import { layoutOf } from '../../collectives/layout.ts';
import { allocate, createMemory } from '../../collectives/memory.ts';
import { pollLinks } from '../../collectives/polling.ts';
import {
  LINK_ACTIVE,
  descriptorLink,
  descriptorWord,
} from '../../collectives/transport/descriptor.ts';
import { FrameKind, MESSAGE_HEADER_BYTES, encodeFrame } from '../../collectives/transport/frame.ts';

/**
 * A rank that polls a descriptor gets every message whole, however the stream is cut into frames
 * and however few bytes of it are there at a time; straight into shared memory where it can.
 */

const cleanUps: (() => void)[] = [];
afterEach(() => {
  for (const cleanUp of cleanUps.splice(0)) cleanUp();
});

/** An endpoint of rank 0 whose connection to rank 1 is a pipe that the test fills. */
function connectPipe(): { readonly endpoint: Endpoint; write(bytes: Uint8Array): number } {
  const directory = mkdtempSync(join(tmpdir(), 'pibatch-pipe-'));
  execFileSync('mkfifo', [join(directory, 'pipe')]);
  const descriptor = openSync(join(directory, 'pipe'), constants.O_RDWR | constants.O_NONBLOCK);
  cleanUps.push(() => {
    closeSync(descriptor);
    rmSync(directory, { recursive: true });
  });
  const layout = layoutOf([0, 1], 0);
  const memory = createMemory(layout);
  Atomics.store(memory.words, descriptorWord(memory, 1), descriptor);
  Atomics.store(memory.words, descriptorLink(memory, 1).state, LINK_ACTIVE);
  const place = { wasm: memory.wasm, part: 0, channel: 'pipe', timeoutSeconds: 0, cores: 2 };
  const endpoint = openEndpoint(0, layout, place);
  return { endpoint, write: (bytes) => writeSync(descriptor, bytes) };
}

/** Mulberry32. */
function generator(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 4294967296) * limit);
  };
}

type Message = { readonly tag: number; readonly bytes: Uint8Array };

/** A message as it travels, in frames of random lengths, with a frame of another kind here and there. */
function framesOf({ tag, bytes }: Message, below: (limit: number) => number): Uint8Array[] {
  const padded = Math.ceil(bytes.length / 8) * 8;
  const stream = new Uint8Array(MESSAGE_HEADER_BYTES + padded);
  new Int32Array(stream.buffer, 0, 4).set([bytes.length, 0, 0, tag]);
  stream.set(bytes, MESSAGE_HEADER_BYTES);
  const frames: Uint8Array[] = [];
  for (let at = 0; at < stream.length; ) {
    const least = at === 0 ? MESSAGE_HEADER_BYTES : 8;
    const end = Math.min(stream.length, at + least + 8 * below(below(2) === 0 ? 4 : 9000));
    const ends = { source: 1, destination: 0 };
    frames.push(encodeFrame({ kind: FrameKind.data, ...ends, payload: stream.slice(at, end) }));
    if (below(3) === 0) {
      const credit = { kind: FrameKind.credit, source: 0, destination: 1 };
      frames.push(encodeFrame({ ...credit, payload: new Uint8Array(4) }));
    }
    at = end;
  }
  return frames;
}

/** Asks for it in shared memory, in private memory, or not before it has come. */
function ask(endpoint: Endpoint, { tag, bytes }: Message, how: number): PendingReceive {
  const address = allocate(endpoint.memory, bytes.length + 8) ?? 0;
  const shared = endpoint.heapView(Uint8Array, address + bytes.length);
  const places = [shared.subarray(address, address + bytes.length), new Uint8Array(bytes.length)];
  const into = places[how];
  return { context: 0, source: 1, tag, into, intoType: into ? 0 : -1, arrival: undefined };
}

describe('messages from a descriptor', () => {
  test.each([1, 2, 3, 4, 5, 6, 7, 8])('arrive whole, however they are cut: seed %i', (seed) => {
    const below = generator(seed);
    const { endpoint, write } = connectPipe();
    const messages = Array.from({ length: 40 }, (_, tag) => {
      const length = below(2) === 0 ? below(200_000) : below(3000);
      return { tag, bytes: Uint8Array.from({ length }, () => below(256)) };
    });
    const asked = messages.map((message) => ask(endpoint, message, below(3)));
    for (const pending of asked) if (pending.into) postReceive(endpoint, pending);
    const frames = messages.flatMap((message) => framesOf(message, below));
    const stream = Buffer.concat(frames);
    let end = 0;
    const ends = frames.map((frame) => (end += frame.length));
    for (let at = 0; at < stream.length; ) {
      const anywhere = at + 1 + below(below(3) === 0 ? 60 : 50_000);
      const between = ends.filter((to) => to > at && to < anywhere);
      const cutAt = below(2) === 0 ? between[below(between.length)] : undefined;
      at += write(stream.subarray(at, cutAt ?? anywhere));
      while (pollLinks(endpoint));
    }
    for (const pending of asked) if (!pending.into) postReceive(endpoint, pending);
    for (const [i, pending] of asked.entries()) {
      const { bytes } = messages[i] as Message;
      expect(isComplete(pending)).toBe(true);
      const got = pending.arrival?.bytes.subarray(0, bytes.length) ?? new Uint8Array();
      expect(Buffer.from(got).equals(bytes)).toBe(true);
    }
  });

  test.each([
    ['a length that is no multiple of eight', 36, FrameKind.data],
    ['more than a frame may hold', 2 ** 20, FrameKind.data],
    ['a long frame of another kind', 128 * 1024, FrameKind.poison],
    ['a length below nothing', -8, FrameKind.data],
  ])('a frame with %s closes the connection', (_, length, kind) => {
    const { endpoint, write } = connectPipe();
    const header = Int32Array.from([length, kind, 1, 0]);
    write(new Uint8Array(header.buffer));
    expect(pollLinks(endpoint)).toBe(false);
    expect(endpoint.polled[1]?.link.words[endpoint.polled[1].link.state]).not.toBe(LINK_ACTIVE);
  });
});
