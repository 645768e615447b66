/**
 * Messages to bytes and back. Contract: what decodes is exactly what was encoded; anything
 * malformed, truncated, unknown, oversized or inexact throws a typed error. Never trust more than
 * the shape: counts, names and ranges are checked where a message is understood.
 */
import type protobuf from 'protobufjs/minimal.js';
import { BadMessageError, MessageTooLargeError } from './busError.ts';
import { ExactReader, ExactWriter } from './exactIntegers.ts';

export { pibatch } from './gen/messages.js';
export { BadMessageError, MessageTooLargeError } from './busError.ts';

/** The broker's max_payload: larger contents travel by sha256 through the blob store. */
export const MAX_MESSAGE_BYTES = 256 * 1024;

/** A generated message class: `pibatch.Submit` takes plain properties, gives `pibatch.Submit`. */
export type MessageType<Properties, Message> = {
  verify(message: Record<string, unknown>): string | null;
  encode(message: Properties, writer?: protobuf.Writer): protobuf.Writer;
  decode(reader: protobuf.Reader | Uint8Array, length?: number): Message;
};

/** Throws BadMessageError for a value that does not fit, MessageTooLargeError above the limit. */
export function encodeMessage<Properties extends object, Message>(
  type: MessageType<Properties, Message>,
  value: NoInfer<Properties>,
): Uint8Array {
  const problem = type.verify(value as Record<string, unknown>);
  if (problem !== null) throw new BadMessageError(problem);
  const bytes = type.encode(value, new ExactWriter()).finish();
  if (bytes.length > MAX_MESSAGE_BYTES)
    throw new MessageTooLargeError(bytes.length, MAX_MESSAGE_BYTES);
  return bytes;
}

/** Throws BadMessageError when the bytes are not one such message and nothing else. */
export function decodeMessage<Properties, Message>(
  type: MessageType<Properties, Message>,
  bytes: Uint8Array,
): Message {
  if (bytes.length > MAX_MESSAGE_BYTES)
    throw new MessageTooLargeError(bytes.length, MAX_MESSAGE_BYTES);
  try {
    // A Buffer view: BufferReader needs its methods. No copy.
    return type.decode(
      new ExactReader(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)),
    );
  } catch (cause) {
    if (cause instanceof BadMessageError) throw cause;
    throw new BadMessageError(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}
