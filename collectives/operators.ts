import type { OperatorName } from './call.ts';
import type { TypedArray } from './elementType.ts';

/**
 * Reduction operators. `min`, `max`: NaN wins, -0 < 0. `minloc`, `maxloc` work on pairs
 * (value, index): a NaN value loses against any number, equal values keep the smaller index.
 * Integer sums and products wrap around like the element type does. Logical operators give 1 or
 * 0. Operators are applied in rank order, so results never depend on timing.
 */
export type BuiltinOperator = Exclude<OperatorName, 'none' | 'function'>;

/** An operator: a built-in name or an associative function of (lower ranks, higher ranks). */
export type Operator<T> = BuiltinOperator | ((left: T, right: T) => T);

const min = (a: number, b: number): number => Math.min(a, b);
const max = (a: number, b: number): number => Math.max(a, b);
const truth = (value: boolean): number => (value ? 1 : 0);

const ON_NUMBERS: Record<BuiltinOperator, (a: number, b: number) => number> = {
  sum: (a, b) => a + b,
  product: (a, b) => a * b,
  min,
  max,
  minloc: min,
  maxloc: max,
  logicalAnd: (a, b) => truth(a !== 0 && b !== 0),
  logicalOr: (a, b) => truth(a !== 0 || b !== 0),
  logicalXor: (a, b) => truth((a !== 0) !== (b !== 0)),
  bitwiseAnd: (a, b) => a & b,
  bitwiseOr: (a, b) => a | b,
  bitwiseXor: (a, b) => a ^ b,
};

const bigTruth = (value: boolean): bigint => (value ? 1n : 0n);

const ON_BIGINTS: Record<BuiltinOperator, (a: bigint, b: bigint) => bigint> = {
  sum: (a, b) => a + b,
  product: (a, b) => a * b,
  min: (a, b) => (b < a ? b : a),
  max: (a, b) => (b > a ? b : a),
  minloc: (a, b) => (b < a ? b : a),
  maxloc: (a, b) => (b > a ? b : a),
  logicalAnd: (a, b) => bigTruth(a !== 0n && b !== 0n),
  logicalOr: (a, b) => bigTruth(a !== 0n || b !== 0n),
  logicalXor: (a, b) => bigTruth((a !== 0n) !== (b !== 0n)),
  bitwiseAnd: (a, b) => a & b,
  bitwiseOr: (a, b) => a | b,
  bitwiseXor: (a, b) => a ^ b,
};

export const isBitwise = (operator: BuiltinOperator): boolean => operator.startsWith('bitwise');
export const isLocation = (operator: BuiltinOperator): boolean => operator.endsWith('loc');

/** Whether an array's elements are whole numbers (what bitwise operators need). */
export const isIntegerArray = (array: TypedArray): boolean =>
  !(array instanceof Float64Array || array instanceof Float32Array);

const isBigArray = (array: TypedArray): array is BigInt64Array | BigUint64Array =>
  array instanceof BigInt64Array || array instanceof BigUint64Array;

/** target[i] = left[i] op right[i]; the target may be either operand. All of one type. */
export function reduceArrays(
  operator: BuiltinOperator | ((left: never, right: never) => unknown),
  target: TypedArray,
  { left, right }: { readonly left: TypedArray; readonly right: TypedArray },
): void {
  if (isBigArray(target)) {
    if (typeof operator !== 'function' && isLocation(operator)) {
      locateBig(operator, target, { left, right });
      return;
    }
    const combine = typeof operator === 'function' ? operator : ON_BIGINTS[operator];
    reduceBig(combine as (a: bigint, b: bigint) => bigint, target, { left, right });
    return;
  }
  if (typeof operator !== 'function' && isLocation(operator)) {
    locate(operator, target, { left, right });
    return;
  }
  const exact = operator === 'product' && isIntegerArray(target) ? Math.imul : undefined;
  const combine = typeof operator === 'function' ? operator : (exact ?? ON_NUMBERS[operator]);
  reduceNumbers(combine as (a: number, b: number) => number, target, { left, right });
}

function reduceNumbers(
  combine: (a: number, b: number) => number,
  target: TypedArray,
  { left, right }: { readonly left: TypedArray; readonly right: TypedArray },
): void {
  const [to, a, b] = [target, left, right] as Float64Array[];
  if (to === undefined || a === undefined || b === undefined) return;
  for (let i = 0; i < to.length; i++) to[i] = combine(a[i] ?? 0, b[i] ?? 0);
}

function reduceBig(
  combine: (a: bigint, b: bigint) => bigint,
  target: BigInt64Array | BigUint64Array,
  { left, right }: { readonly left: TypedArray; readonly right: TypedArray },
): void {
  const [a, b] = [left, right] as BigInt64Array[];
  for (let i = 0; i < target.length; i++) target[i] = combine(a?.[i] ?? 0n, b?.[i] ?? 0n);
}

/** Whether the right pair replaces the left one. */
export function rightWins(
  operator: BuiltinOperator,
  left: { readonly value: number | bigint; readonly index: number | bigint },
  right: { readonly value: number | bigint; readonly index: number | bigint },
): boolean {
  const leftIsNaN = Number.isNaN(left.value);
  const rightIsNaN = Number.isNaN(right.value);
  if (leftIsNaN !== rightIsNaN) return leftIsNaN;
  if (!leftIsNaN && left.value !== right.value) {
    return operator === 'minloc' ? right.value < left.value : right.value > left.value;
  }
  return right.index < left.index;
}

function locate(
  operator: BuiltinOperator,
  target: TypedArray,
  { left, right }: { readonly left: TypedArray; readonly right: TypedArray },
): void {
  const [to, a, b] = [target, left, right] as Float64Array[];
  if (to === undefined || a === undefined || b === undefined) return;
  for (let i = 0; i + 1 < to.length; i += 2) {
    const mine = { value: a[i] ?? 0, index: a[i + 1] ?? 0 };
    const theirs = { value: b[i] ?? 0, index: b[i + 1] ?? 0 };
    const best = rightWins(operator, mine, theirs) ? theirs : mine;
    to[i] = best.value;
    to[i + 1] = best.index;
  }
}

function locateBig(
  operator: BuiltinOperator,
  to: BigInt64Array | BigUint64Array,
  { left, right }: { readonly left: TypedArray; readonly right: TypedArray },
): void {
  const [a, b] = [left, right] as BigInt64Array[];
  for (let i = 0; i + 1 < to.length; i += 2) {
    const mine = { value: a?.[i] ?? 0n, index: a?.[i + 1] ?? 0n };
    const theirs = { value: b?.[i] ?? 0n, index: b?.[i + 1] ?? 0n };
    const best = rightWins(operator, mine, theirs) ? theirs : mine;
    to[i] = best.value;
    to[i + 1] = best.index;
  }
}

/** A built-in operator on scalars that are no plain numbers: bigints of any size, booleans. */
export function reduceScalars(operator: BuiltinOperator, left: unknown, right: unknown): unknown {
  if (typeof left === 'bigint' && typeof right === 'bigint') {
    return ON_BIGINTS[operator](left, right);
  }
  if (typeof left === 'boolean' && typeof right === 'boolean') {
    return ON_NUMBERS[operator](truth(left), truth(right)) !== 0;
  }
  throw new TypeError(`${operator} is not defined for ${typeof left} and ${typeof right}`);
}
