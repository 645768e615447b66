import type { TypedArray, TypedArrayConstructor } from './elementType.ts';
import type { Endpoint } from './endpoint.ts';
import { allocate } from './memory.ts';
import { argumentError } from './waiting.ts';

/** `comm.alloc`: arrays in the memory that the ranks of a part share. They live as long as it. */
export function allocateArray(
  endpoint: Endpoint,
  constructor: TypedArrayConstructor,
  length: number,
): TypedArray {
  if (!Number.isInteger(length) || length < 0) {
    throw argumentError('alloc', 'length', { value: length, rule: 'it must be a whole number' });
  }
  const bytes = length * constructor.BYTES_PER_ELEMENT;
  const offset = allocate(endpoint.memory, bytes);
  if (offset === undefined) {
    const rule = `${bytes} bytes are more than the 4 GiB of shared memory of a node have left`;
    throw argumentError('alloc', 'length', { value: length, rule });
  }
  const { buffer } = endpoint.memory.wasm;
  endpoint.arenaBuffers.add(buffer);
  return new constructor(buffer, offset, length);
}
