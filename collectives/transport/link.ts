import type { Socket } from 'node:net';
import { FRAME_HEADER_BYTES, FrameKind, checkLength, encodeFrame, kindOf } from './frame.ts';
import type { Frame } from './frame.ts';

/**
 * An authenticated connection to one part: frames out, frames in, heartbeats, and one end. A
 * frame that breaks the format ends the link; so does silence.
 */
export type Link = {
  readonly part: number;
  /** Ranks read and write it themselves, credits included. */
  readonly polled: boolean;
  send(frame: Frame): void;
  /** False while the connection has as much as it can take. */
  writable(): boolean;
  /** Sends goodbye and closes when everything has left. */
  leave(): Promise<void>;
  /** This process is about to be stopped, or goes on. */
  rest(on: boolean): void;
  destroy(): void;
};

export type LinkEvents = {
  readonly onFrame: (frame: Frame) => void;
  /** The connection has room again. */
  readonly onWritable: () => void;
  /** Exactly once; `reason` undefined when the peer said goodbye first. */
  readonly onEnd: (reason: string | undefined) => void;
};

const HEARTBEAT_MS = 1000;
/** A pause between two heartbeats that no load explains: this process did not run. */
export const STOPPED_MS = 3000;
const NO_BYTES = new Uint8Array(0);
const CLOSE_MS = 2000;

export function openLink(
  socket: Socket,
  options: { readonly part: number; readonly silenceSeconds: number },
  events: LinkEvents,
): Link {
  let ended = false;
  let goodbye = false;
  let rests = false;
  let peerRests = false;
  let heard = performance.now();
  let pulsed = heard;
  const end = (reason: string | undefined): void => {
    if (ended) return;
    ended = true;
    clearInterval(pulse);
    socket.destroy();
    events.onEnd(reason);
  };
  const send = (frame: Frame): void => {
    if (!ended && socket.writable) socket.write(encodeFrame(frame));
  };
  const control = (kind: FrameKind): void =>
    send({ kind, source: -1, destination: -1, payload: NO_BYTES });
  const pulse = setInterval(() => {
    const now = performance.now();
    if (!rests) control(FrameKind.heartbeat);
    // Who was stopped itself could not listen.
    if (peerRests || now - pulsed > STOPPED_MS) heard = now;
    pulsed = now;
    const silent = (now - heard) / 1000;
    if (silent > options.silenceSeconds) end(`nothing heard for ${silent.toFixed(1)} s`);
  }, HEARTBEAT_MS);
  pulse.unref();
  const read = frameReader((frame) => {
    if (frame.kind === FrameKind.goodbye) goodbye = true;
    else if (frame.kind === FrameKind.rest) peerRests = true;
    else if (frame.kind === FrameKind.heartbeat) peerRests = false;
    else events.onFrame(frame);
  });
  socket.setNoDelay(true);
  socket.on('data', (chunk: Buffer) => {
    heard = performance.now();
    try {
      if (!ended) read(chunk);
    } catch (error) {
      end(error instanceof Error ? error.message : String(error));
    }
  });
  socket.on('drain', events.onWritable);
  socket.on('error', (error) => end(goodbye ? undefined : error.message));
  socket.on('end', () => end(goodbye ? undefined : 'the connection was closed'));
  socket.on('close', () => end(goodbye ? undefined : 'the connection was closed'));
  if (socket.destroyed) queueMicrotask(() => end('the connection was closed'));
  return {
    part: options.part,
    polled: false,
    send,
    writable: () => !socket.writableNeedDrain,
    rest: (on) => {
      rests = on;
      // It was told to rest as well, and may go on later.
      if (!on) peerRests = true;
      control(on ? FrameKind.rest : FrameKind.heartbeat);
    },
    leave: () =>
      new Promise((resolve) => {
        if (ended) return resolve();
        control(FrameKind.goodbye);
        const done = (): void => {
          clearTimeout(limit);
          end(undefined);
          resolve();
        };
        const limit = setTimeout(done, CLOSE_MS);
        socket.end(done);
      }),
    destroy: () => end(undefined),
  };
}

/** Cuts the byte stream into frames. Errors: RangeError for a frame no peer of ours would send. */
function frameReader(onFrame: (frame: Frame) => void): (chunk: Buffer) => void {
  const header = Buffer.alloc(FRAME_HEADER_BYTES);
  let filled = 0;
  let payload: Buffer | undefined;
  let received = 0;
  const finish = (): void => {
    onFrame({
      kind: kindOf(header.readInt32LE(4)),
      source: header.readInt32LE(8),
      destination: header.readInt32LE(12),
      payload: payload ?? NO_BYTES,
    });
    payload = undefined;
    filled = 0;
    received = 0;
  };
  return (chunk) => {
    let at = 0;
    while (at < chunk.length) {
      if (payload === undefined) {
        const count = Math.min(FRAME_HEADER_BYTES - filled, chunk.length - at);
        chunk.copy(header, filled, at, at + count);
        filled += count;
        at += count;
        if (filled < FRAME_HEADER_BYTES) return;
        const length = header.readInt32LE(0);
        checkLength(kindOf(header.readInt32LE(4)), length);
        payload = Buffer.allocUnsafe(length);
      }
      const count = Math.min(payload.length - received, chunk.length - at);
      chunk.copy(payload, received, at, at + count);
      received += count;
      at += count;
      if (received === payload.length) finish();
    }
  };
}
