/**
 * What travels on the connection between two parts, after the handshake: frames of a 16-byte
 * header (four little-endian words: payload bytes, kind, source rank, destination rank) and a
 * payload. Text payloads are JSON in UTF-8.
 */
export const FRAME_HEADER_BYTES = 16;
export const FRAME_PAYLOAD_MAXIMUM = 64 * 1024;
/** Pieces of a stream may be longer: fewer, longer writes cost the system far less per byte. */
export const DATA_PAYLOAD_MAXIMUM = 512 * 1024 + 64;
/** A message begins with a header, which is the beginning of a frame and never torn apart. */
export const MESSAGE_HEADER_BYTES = 32;

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
  /** What the source's part noted of segments, to part 0 (segmentLog.ts). */
  segments: 8,
  /** The same for what is known once its ranks have left. */
  segmentsEnd: 9,
  /** The peer is about to be stopped for a while: its silence means nothing before its next heartbeat. */
  rest: 10,
} as const;
export type FrameKind = (typeof FrameKind)[keyof typeof FrameKind];

const KINDS = new Set<number>(Object.values(FrameKind));

/** Errors: RangeError for a length that no peer of ours would send with this kind. */
export function checkLength(kind: FrameKind, length: number): void {
  const maximum = kind === FrameKind.data ? DATA_PAYLOAD_MAXIMUM : FRAME_PAYLOAD_MAXIMUM;
  const fits = length >= 0 && length <= maximum && (kind !== FrameKind.data || length % 8 === 0);
  if (!fits) throw new RangeError(`the peer announced a frame of ${length} bytes`);
}

/** Errors: RangeError for a kind that no peer of ours would send. */
export function kindOf(kind: number): FrameKind {
  if (!KINDS.has(kind)) throw new RangeError(`the peer sent a frame of unknown kind ${kind}`);
  return kind as FrameKind;
}

export const PROTOCOL_VERSION = 3;

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
