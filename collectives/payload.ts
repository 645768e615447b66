import { deserialize, serialize } from 'node:v8';
import {
  NOTHING,
  VALUE,
  constructorOf,
  isTypedArray,
  isTypedArrayCode,
  typeCodeOf,
} from './elementType.ts';
import type { TypedArray } from './elementType.ts';
import { CommunicatorArgumentError } from './errors.ts';

/** Bytes with the code of their type: a typed array's memory itself, or a serialized value. */
export type Payload = { readonly type: number; readonly bytes: Uint8Array };

export const EMPTY_PAYLOAD: Payload = { type: NOTHING, bytes: new Uint8Array(0) };

export const bytesOf = (array: TypedArray): Uint8Array =>
  new Uint8Array(array.buffer, array.byteOffset, array.byteLength);

/** The payload of any value that structured clone accepts. Errors: CommunicatorArgumentError. */
export function payloadOf(collective: string, value: unknown): Payload {
  if (isTypedArray(value)) {
    checkAttached(collective, 'data', value);
    return { type: typeCodeOf(value), bytes: bytesOf(value) };
  }
  try {
    return { type: VALUE, bytes: serialize(value) };
  } catch (cause) {
    const rule = 'only values that structured clone accepts can be sent';
    throw new CommunicatorArgumentError(collective, { argument: 'data', value, rule }, cause);
  }
}

/** Turns received bytes (exclusively ours) back into the value. */
export function valueOf(type: number, bytes: Uint8Array): unknown {
  if (type === NOTHING) return undefined;
  if (!isTypedArrayCode(type)) return deserialize(bytes);
  const constructor = constructorOf(type);
  const length = bytes.byteLength / constructor.BYTES_PER_ELEMENT;
  return new constructor(bytes.buffer, bytes.byteOffset, length);
}

/** A new, private array of a type. */
export const arrayOf = (type: number, length: number): TypedArray =>
  new (constructorOf(type))(length);

/** A zero-length array may be a detached one or a view that its resized buffer lost. */
export function checkAttached(collective: string, argument: string, array: TypedArray): void {
  if (array.length > 0) return;
  try {
    array.reverse();
  } catch (cause) {
    const rule = 'its buffer was transferred, or shrunk below the array';
    throw new CommunicatorArgumentError(collective, { argument, value: array, rule }, cause);
  }
}

/** A buffer to receive into must have this type and at least (or exactly) this length. */
export function checkInto(
  collective: string,
  into: TypedArray,
  expected: { readonly type: number; readonly length: number },
): void {
  checkAttached(collective, 'into', into);
  if (typeCodeOf(into) === expected.type && into.length === expected.length) return;
  const rule = `it must be a ${constructorOf(expected.type).name} of ${expected.length} elements`;
  throw new CommunicatorArgumentError(collective, { argument: 'into', value: into, rule });
}
