/**
 * What travels on the connection between two parts, after the handshake: frames of a 16-byte
 * header (four little-endian words: payload bytes, kind, source rank, destination rank) and a
 * payload. Text payloads are JSON in UTF-8.
 */
export const FRAME_HEADER_BYTES = 16;
export const FRAME_PAYLOAD_MAXIMUM = 64 * 1024;

export const FrameKind = {
  /** A piece of the stream source -> destination; multiple of 8 bytes. */
  data: 1,
  /** The destination has consumed so many bytes (one word, modulo 2^32) of the stream. */
  credit: 2,
  /** The source rank has returned; nothing of it follows. */
  left: 3,
  /** The attempt's collectives are over: the reason. */
  poison: 4,
  /** The source rank waits in a call: the call record. */
  announce: 5,
  /** Nothing, but the peer is alive. */
  heartbeat: 6,
  /** The peer is done and will close. */
  goodbye: 7,
} as const;
export type FrameKind = (typeof FrameKind)[keyof typeof FrameKind];

const KINDS = new Set<number>(Object.values(FrameKind));

/** Errors: RangeError for a kind that no peer of ours would send. */
export function kindOf(kind: number): FrameKind {
  if (!KINDS.has(kind)) throw new RangeError(`the peer sent a frame of unknown kind ${kind}`);
  return kind as FrameKind;
}

export const PROTOCOL_VERSION = 1;

export type Frame = {
  readonly kind: FrameKind;
  readonly source: number;
  readonly destination: number;
  readonly payload: Uint8Array;
};

export function encodeFrame(frame: Frame): Buffer {
  const bytes = Buffer.allocUnsafe(FRAME_HEADER_BYTES + frame.payload.byteLength);
  bytes.writeInt32LE(frame.payload.byteLength, 0);
  bytes.writeInt32LE(frame.kind, 4);
  bytes.writeInt32LE(frame.source, 8);
  bytes.writeInt32LE(frame.destination, 12);
  bytes.set(frame.payload, FRAME_HEADER_BYTES);
  return bytes;
}
