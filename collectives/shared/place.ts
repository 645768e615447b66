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

/** Copies between two arrays of one type and length, or into the beginning of a longer one. */
export const copyArray = (to: TypedArray, from: TypedArray): void =>
  to.set(from as Float64Array & BigInt64Array);

/** Copies a whole array to an address. */
export function copyIn(endpoint: Endpoint, address: number, array: TypedArray): void {
  const view = endpoint.heapView(constructorOf(typeCodeOf(array)), address + array.byteLength);
  view.set(array as Float64Array & BigInt64Array, address / view.BYTES_PER_ELEMENT);
}

/** Fills a whole array from an address. */
export function copyOut(endpoint: Endpoint, array: TypedArray, address: number): void {
  copyArray(array, arrayAt(endpoint, typeCodeOf(array), { address, bytes: array.byteLength }));
}

/** Elements [from, to) of an array; the array itself when that is all of it. */
export const partOf = (array: TypedArray, from: number, to: number): TypedArray =>
  from === 0 && to === array.length ? array : array.subarray(from, to);
