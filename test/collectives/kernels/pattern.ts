import type {
  BuiltinOperator,
  TypedArray,
  TypedArrayConstructor,
} from '../../../collectives/kernel.ts';
import { reference } from './reference.ts';

/**
 * Arrays that repeat after PERIOD elements, so that the serial reference of a reduction of any length is
 * that of one period. The period divides no size at which an algorithm cuts, so what is put in a
 * wrong place is seen.
 */
const PERIOD = 2 * 509;

type ArrayType = TypedArrayConstructor & (new (length: number) => TypedArray);

/** Small whole numbers, exact in every type whatever the order; below zero where there are such. */
function periodOf(type: ArrayType, rank: number, salt: number): TypedArray {
  const array = new type(PERIOD);
  const big = array instanceof BigInt64Array || array instanceof BigUint64Array;
  const unsigned = /^(Uint|BigUint)/.test(type.name);
  for (let i = 0; i < PERIOD; i++) {
    const value = ((i * 13 + rank * 7 + salt + (i >> 4)) % 5) - (unsigned ? 0 : 2);
    array[i] = (big ? BigInt(value) : value) as never;
  }
  return array;
}

function repeated(period: TypedArray, type: ArrayType, length: number): TypedArray {
  const array = new type(length);
  array.set(period.subarray(0, Math.min(length, PERIOD)) as never);
  for (let filled = PERIOD; filled < length; filled *= 2) array.copyWithin(filled, 0, filled);
  return array;
}

/** What a rank gives. */
export const patternOf = (
  type: ArrayType,
  length: number,
  by: { readonly rank: number; readonly salt: number },
): TypedArray => repeated(periodOf(type, by.rank, by.salt), type, length);

/** The reduction of the patterns of these ranks, in this order. */
export function reducedPattern(
  type: ArrayType,
  length: number,
  by: {
    readonly ranks: readonly number[];
    readonly salt: number;
    readonly operator: BuiltinOperator;
  },
): TypedArray {
  const periods = by.ranks.map((rank) => periodOf(type, rank, by.salt));
  return repeated(reference(by.operator, periods), type, length);
}

export const sameArrays = (one: unknown, other: TypedArray): boolean =>
  ArrayBuffer.isView(one) &&
  one.constructor === other.constructor &&
  Buffer.from(one.buffer, one.byteOffset, one.byteLength).equals(
    Buffer.from(other.buffer, other.byteOffset, other.byteLength),
  );
