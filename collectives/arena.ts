import { bcast } from './bcast.ts';
import type { TypedArray, TypedArrayConstructor } from './elementType.ts';
import type { Endpoint } from './endpoint.ts';
import type { Group } from './group.ts';
import { allocate } from './memory.ts';
import { argumentError } from './waiting.ts';

/**
 * `comm.alloc`: arrays in the memory that the ranks of a part share. They live as long as it. `node`, when
 * one array is for all of them: the first of its ranks reserves it and tells the others where.
 */
export function allocateArray(
  endpoint: Endpoint,
  constructor: TypedArrayConstructor,
  length: number,
  node: Group | undefined,
): TypedArray {
  if (!Number.isInteger(length) || length < 0) {
    throw argumentError('alloc', 'length', { value: length, rule: 'it must be a whole number' });
  }
  const bytes = length * constructor.BYTES_PER_ELEMENT;
  const own = (): number | undefined => allocate(endpoint.memory, bytes);
  const offset = node === undefined ? own() : agreed(node, own, bytes);
  if (offset === undefined) {
    const rule = `${bytes} bytes are more than the 4 GiB of shared memory of a node have left`;
    throw argumentError('alloc', 'length', { value: length, rule });
  }
  const { wasm } = endpoint.memory;
  // Another thread may have made the memory grow, of which this one's buffer knows after a call.
  if (wasm.buffer.byteLength < offset + bytes) wasm.grow(0);
  const { buffer } = wasm;
  endpoint.arenaBuffers.add(buffer);
  return new constructor(buffer, offset, length);
}

/** Errors: CommunicatorArgumentError on all, when nothing is left; CollectiveMismatchError. */
function agreed(node: Group, reserve: () => number | undefined, bytes: number): number | undefined {
  const told = bcast(node, node.rank === 0 ? [reserve() ?? -1, bytes] : undefined, 0);
  const [offset = -1, theirs = -1]: number[] = Array.isArray(told) ? told : [];
  if (offset >= 0 && theirs !== bytes) {
    const rule = `all ranks must ask for as much, the first of them for ${theirs} bytes`;
    throw argumentError('alloc', 'length', { value: bytes, rule });
  }
  return offset < 0 ? undefined : offset;
}
