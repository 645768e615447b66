import { isDeepStrictEqual } from 'node:util';
import type { BuiltinOperator, TypedArray } from '../../../collectives/kernel.ts';

/** The serial reference: plain loops over all ranks' inputs, in rank order. */

export type Complaints = string[];

export const TYPES = [
  Float64Array,
  Float32Array,
  Int32Array,
  Uint32Array,
  BigInt64Array,
  BigUint64Array,
  Int16Array,
  Uint8Array,
  Uint16Array,
  Int8Array,
] as const;

export type ElementType = (typeof TYPES)[number];

/** Every type sees small sizes; the first ones also those around the switches of algorithm. */
export const sizesFor = (typeIndex: number, few: boolean): number[] => {
  if (typeIndex === 0) return few ? [0, 1, 1026, 40_000] : [0, 1, 2, 9, 1024, 1026, 40_000];
  if (typeIndex < 5) return few ? [66, 4098] : [1, 66, 4098];
  return [1, 34];
};

/** Small whole numbers: exact in every type, whatever the order of the operations. */
export function inputOf(type: (typeof TYPES)[number], length: number, rank: number): TypedArray {
  const array = new type(length);
  const big = array instanceof BigInt64Array || array instanceof BigUint64Array;
  for (let i = 0; i < length; i++) {
    const value = ((i * 7 + rank * 5 + 3) % 4) + (i % 3 === 0 ? 0 : 1);
    array[i] = (big ? BigInt(value) : value) as never;
  }
  return array;
}

const truth = (value: boolean): number => (value ? 1 : 0);

const STEP: Record<string, (a: number, b: number) => number> = {
  sum: (a, b) => a + b,
  product: (a, b) => a * b,
  min: Math.min,
  max: Math.max,
  logicalAnd: (a, b) => truth(Boolean(a) && Boolean(b)),
  logicalOr: (a, b) => truth(Boolean(a) || Boolean(b)),
  logicalXor: (a, b) => truth(Boolean(a) !== Boolean(b)),
  bitwiseAnd: (a, b) => a & b,
  bitwiseOr: (a, b) => a | b,
  bitwiseXor: (a, b) => a ^ b,
};

export function reference(operator: BuiltinOperator, inputs: readonly TypedArray[]): TypedArray {
  const first = inputs[0] as TypedArray;
  const result = first.slice();
  const big = result instanceof BigInt64Array || result instanceof BigUint64Array;
  for (const input of inputs.slice(1)) {
    for (let i = 0; i < result.length; i++) {
      if (operator.endsWith('loc')) {
        if (i % 2 === 1) continue;
        const better =
          operator === 'minloc'
            ? Number(input[i]) < Number(result[i])
            : Number(input[i]) > Number(result[i]);
        const tie = input[i] === result[i] && Number(input[i + 1]) < Number(result[i + 1]);
        if (better || tie) result.set(input.slice(i, i + 2) as never, i);
        continue;
      }
      const value = STEP[operator]?.(Number(result[i]), Number(input[i])) ?? NaN;
      result[i] = (big ? BigInt(value) : value) as never;
    }
  }
  return result;
}

export function expectEqual(
  wrong: Complaints,
  what: string,
  actual: unknown,
  expected: unknown,
): void {
  if (isDeepStrictEqual(actual, expected) || wrong.length > 20) return;
  const short = (value: unknown): string => {
    const list = ArrayBuffer.isView(value) ? [...(value as Float64Array)].slice(0, 6) : value;
    return JSON.stringify(list, (_, item: unknown) =>
      typeof item === 'bigint' ? `${item}n` : item,
    );
  };
  wrong.push(`${what}: ${short(actual)} instead of ${short(expected)}`);
}
