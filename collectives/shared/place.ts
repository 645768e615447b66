import { constructorOf, typeCodeOf } from '../elementType.ts';
import type { TypedArray } from '../elementType.ts';
import type { Endpoint } from '../endpoint.ts';

/** Where an array lies: its address in the shared memory, or 0 when it is private to a thread. */
export const placeOf = (endpoint: Endpoint, array: TypedArray): number =>
  endpoint.arenaBuffers.has(array.buffer) ? array.byteOffset : 0;

/** A view of shared memory as elements of a type; the address must be aligned to it. */
export function arrayAt(
  endpoint: Endpoint,
  type: number,
  range: { readonly address: number; readonly bytes: number },
): TypedArray {
  const { address, bytes } = range;
  const view = endpoint.heapView(constructorOf(type), address + bytes);
  const first = address / view.BYTES_PER_ELEMENT;
  return view.subarray(first, first + bytes / view.BYTES_PER_ELEMENT);
}

const LOOP_BYTES = 256;

/** Copies a whole array to an address. Small ones without making a view. */
export function copyIn(endpoint: Endpoint, address: number, array: TypedArray): void {
  const { byteLength } = array;
  const view = endpoint.heapView(constructorOf(typeCodeOf(array)), address + byteLength);
  const first = address / view.BYTES_PER_ELEMENT;
  if (byteLength > LOOP_BYTES) {
    view.set(array as Float64Array & BigInt64Array, first);
    return;
  }
  for (let i = 0; i < array.length; i++) view[first + i] = array[i] ?? 0;
}

/** Fills a whole array from an address. */
export function copyOut(endpoint: Endpoint, array: TypedArray, address: number): void {
  const { byteLength } = array;
  const view = endpoint.heapView(constructorOf(typeCodeOf(array)), address + byteLength);
  const first = address / view.BYTES_PER_ELEMENT;
  if (byteLength > LOOP_BYTES) {
    const part = view.subarray(first, first + array.length);
    array.set(part as Float64Array & BigInt64Array);
    return;
  }
  for (let i = 0; i < array.length; i++) array[i] = view[first + i] ?? 0;
}

/** Elements [from, to) of an array; the array itself when that is all of it. */
export const partOf = (array: TypedArray, from: number, to: number): TypedArray =>
  from === 0 && to === array.length ? array : array.subarray(from, to);
