import { VALUE, isTypedArray, typeCodeOf } from './elementType.ts';
import type { TypedArray } from './elementType.ts';
import { expectLength } from './group.ts';
import type { Turn } from './group.ts';
import type { Arrival } from './inbound.ts';
import { arrayOf, bytesOf, checkAttached, checkInto, payloadOf, valueOf } from './payload.ts';
import type { Payload } from './payload.ts';
import { argumentError } from './waiting.ts';

/**
 * Data that is cut by rank: pieces of a typed array (elements, contiguous, in rank order) or one
 * structured value per rank. Shared by gather, scatter, allgather, alltoall and reduceScatter.
 */

/** Start of every piece, and the end of the last. */
export function offsetsOf(counts: readonly number[]): number[] {
  const offsets = [0];
  for (const count of counts) offsets.push((offsets.at(-1) ?? 0) + count);
  return offsets;
}

/** Checks the counts of a `v` form. Errors: CommunicatorArgumentError. */
export function checkCounts(
  collective: string,
  counts: readonly number[],
  expected: { readonly size: number; readonly total: number | undefined },
): void {
  const { size, total } = expected;
  const whole = counts.every((count) => Number.isInteger(count) && count >= 0);
  if (counts.length !== size || !whole) {
    const rule = `there must be ${size} whole numbers >= 0, one per rank`;
    throw argumentError(collective, 'counts', { value: [...counts].join(','), rule });
  }
  const sum = counts.reduce((a, b) => a + b, 0);
  if (total === undefined || sum === total) return;
  const rule = `they add up to ${sum} but the array has ${total} elements`;
  throw argumentError(collective, 'counts', { value: counts.join(','), rule });
}

/** Equal counts. Errors: CommunicatorArgumentError when the length cannot be divided. */
export function equalCounts(collective: string, array: TypedArray, size: number): number[] {
  if (array.length % size !== 0) {
    const rule = `its length ${array.length} must be a multiple of the ${size} ranks`;
    throw argumentError(collective, 'data', { value: array, rule });
  }
  return Array.from({ length: size }, () => array.length / size);
}

/** Elements [from, to) as a payload, without a copy. */
export function slicePayload(array: TypedArray, from: number, to: number): Payload {
  return { type: typeCodeOf(array), bytes: bytesOf(array.subarray(from, to)) };
}

/** An array given to be cut, or one value per rank. */
export function cutPayloads(
  collective: string,
  data: unknown,
  cut: { readonly size: number; readonly counts: readonly number[] | undefined },
): { readonly type: number; readonly payloads: readonly Payload[] } {
  if (isTypedArray(data)) {
    checkAttached(collective, 'data', data);
    const counts = cut.counts ?? equalCounts(collective, data, cut.size);
    checkCounts(collective, counts, { size: cut.size, total: data.length });
    const offsets = offsetsOf(counts);
    const payloads = counts.map((count, rank) => {
      const from = offsets[rank] ?? 0;
      return slicePayload(data, from, from + count);
    });
    return { type: typeCodeOf(data), payloads };
  }
  if (Array.isArray(data) && data.length === cut.size) {
    return { type: VALUE, payloads: data.map((value) => payloadOf(collective, value)) };
  }
  const rule = `it must be a typed array or an array of ${cut.size} values, one per rank`;
  throw argumentError(collective, 'data', { value: data, rule });
}

/** Joins one arrived piece per rank: typed arrays into one array, values into a list. */
export function joinPieces(
  turn: Turn,
  pieces: ReadonlyArray<Payload | Arrival>,
  options: { readonly into: TypedArray | undefined; readonly type: number },
): unknown {
  if (options.type === VALUE) return pieces.map((piece) => valueOf(piece.type, piece.bytes));
  const bytes = pieces.reduce((sum, piece) => sum + piece.bytes.byteLength, 0);
  const width = arrayOf(options.type, 0).BYTES_PER_ELEMENT;
  if (options.into !== undefined) {
    checkInto(turn.name, options.into, { type: options.type, length: bytes / width });
  }
  const joined = options.into ?? arrayOf(options.type, bytes / width);
  const target = bytesOf(joined);
  let at = 0;
  for (const piece of pieces) {
    target.set(piece.bytes, at);
    at += piece.bytes.byteLength;
  }
  return joined;
}

/** Errors: CommunicatorArgumentError when the result would overwrite data that peers still read. */
export function checkOverlap(
  collective: string,
  into: TypedArray | undefined,
  data: { readonly array: unknown; readonly allowedAt: number },
): void {
  const { array, allowedAt } = data;
  if (into === undefined || !isTypedArray(array) || into.buffer !== array.buffer) return;
  const apart =
    into.byteOffset >= array.byteOffset + array.byteLength ||
    array.byteOffset >= into.byteOffset + into.byteLength;
  if (apart || array.byteOffset - into.byteOffset === allowedAt) return;
  const rule = 'it overlaps the data, which other ranks still read';
  throw argumentError(collective, 'into', { value: into, rule });
}

/** Checks the size of an arrived piece when it is known beforehand. */
export function expectPiece(turn: Turn, arrival: Arrival, bytes: number | undefined): void {
  if (bytes !== undefined) expectLength(turn, arrival, bytes);
}
