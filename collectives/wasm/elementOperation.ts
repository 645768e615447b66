import type { OperatorName } from '../call.ts';
import { typeName } from '../elementType.ts';
import { F32, F64, I32, I64, V128, access, get, op } from './assembler.ts';

/**
 * The machine operations behind (element type, operator). Sums and products of unsigned integers
 * are those of the signed ones; bitwise operators see any 4- or 8-byte integer. Minimum and
 * maximum of floats let NaN win, as `Math.min` and `Math.max` do.
 */
export type ElementOperation = {
  readonly bytes: number;
  readonly type: number;
  readonly load: (offset: number) => number[];
  readonly store: (offset: number) => number[];
  /** Both operands are in locals `a` and `b`; leaves the result on the stack. */
  readonly scalar: (a: number, b: number) => number[];
  readonly simd: (a: number, b: number) => number[];
};

const prefixed = (code: number): number[] => (code < 128 ? [0xfd, code] : [0xfd, code, 1]);
const both =
  (code: readonly number[]) =>
  (a: number, b: number): number[] => [...get(a), ...get(b), ...code];
/** b if `b better a`, else a; the comparison is of scalars. */
const choose =
  (better: number) =>
  (a: number, b: number): number[] => [
    ...get(b),
    ...get(a),
    ...get(b),
    ...get(a),
    better,
    op.select,
  ];
/** The same for lanes: select by the mask that the comparison gives. */
const chooseLanes =
  (better: readonly number[]) =>
  (a: number, b: number): number[] => [
    ...get(b),
    ...get(a),
    ...get(b),
    ...get(a),
    ...better,
    ...prefixed(0x52),
  ];

type Pair = Pick<ElementOperation, 'scalar' | 'simd'>;
type Table = Partial<Record<OperatorName, Pair>>;
const simple = (scalar: number, simd: number): Pair => ({
  scalar: both([scalar]),
  simd: both(prefixed(simd)),
});

const FLOAT64: Table = {
  sum: simple(0xa0, 0xf0),
  product: simple(0xa2, 0xf2),
  min: simple(0xa4, 0xf4),
  max: simple(0xa5, 0xf5),
};
const FLOAT32: Table = {
  sum: simple(0x92, 0xe4),
  product: simple(0x94, 0xe6),
  min: simple(0x96, 0xe8),
  max: simple(0x97, 0xe9),
};
const BITS32: Table = {
  sum: simple(0x6a, 0xae),
  product: simple(0x6c, 0xb5),
  bitwiseAnd: simple(0x71, 0x4e),
  bitwiseOr: simple(0x72, 0x50),
  bitwiseXor: simple(0x73, 0x51),
};
const BITS64: Table = {
  sum: simple(0x7c, 0xce),
  product: simple(0x7e, 0xd5),
  bitwiseAnd: simple(0x83, 0x4e),
  bitwiseOr: simple(0x84, 0x50),
  bitwiseXor: simple(0x85, 0x51),
};
const INT32: Table = {
  ...BITS32,
  min: { scalar: choose(0x48), simd: both(prefixed(0xb6)) },
  max: { scalar: choose(0x4a), simd: both(prefixed(0xb8)) },
};
const UINT32: Table = {
  ...BITS32,
  min: { scalar: choose(0x49), simd: both(prefixed(0xb7)) },
  max: { scalar: choose(0x4b), simd: both(prefixed(0xb9)) },
};
const INT64: Table = {
  ...BITS64,
  min: { scalar: choose(0x53), simd: chooseLanes(prefixed(0xd8)) },
  max: { scalar: choose(0x55), simd: chooseLanes(prefixed(0xd9)) },
};

const scalarAccess = (load: number, store: number, alignment: number) => ({
  load: (offset: number) => access([load], alignment, offset),
  store: (offset: number) => access([store], alignment, offset),
});

const ELEMENTS: Record<string, { readonly table: Table } & Omit<ElementOperation, keyof Pair>> = {
  Float64Array: { table: FLOAT64, bytes: 8, type: F64, ...scalarAccess(0x2b, 0x39, 3) },
  Float32Array: { table: FLOAT32, bytes: 4, type: F32, ...scalarAccess(0x2a, 0x38, 2) },
  Int32Array: { table: INT32, bytes: 4, type: I32, ...scalarAccess(0x28, 0x36, 2) },
  Uint32Array: { table: UINT32, bytes: 4, type: I32, ...scalarAccess(0x28, 0x36, 2) },
  BigInt64Array: { table: INT64, bytes: 8, type: I64, ...scalarAccess(0x29, 0x37, 3) },
  BigUint64Array: { table: BITS64, bytes: 8, type: I64, ...scalarAccess(0x29, 0x37, 3) },
};

/** Undefined where there is no machine operation: then plain loops do the work. */
export function elementOperation(
  typeCode: number,
  operator: OperatorName,
): ElementOperation | undefined {
  const element = ELEMENTS[typeName(typeCode)];
  const pair = element?.table[operator];
  if (element === undefined || pair === undefined) return undefined;
  const { bytes, type, load, store } = element;
  return { bytes, type, load, store, ...pair };
}

export const vectorLoad = (offset: number): number[] => access([0xfd, 0x00], 4, offset);
export const vectorStore = (offset: number): number[] => access([0xfd, 0x0b], 4, offset);
export const VECTOR_TYPE = V128;
