import { deserialize } from 'node:v8';
import type { OperatorName } from './call.ts';
import { ANY_COUNT, OPERATOR_NAMES } from './call.ts';
import { NUMBER, PAIR, VALUE, isTypedArray, typeCodeOf } from './elementType.ts';
import type { TypedArray } from './elementType.ts';
import type { Turn } from './group.ts';
import { isBitwise, isIntegerArray, isLocation, reduceArrays, reduceScalars } from './operators.ts';
import type { Operator } from './operators.ts';
import { arrayOf, bytesOf, checkAttached, checkInto, payloadOf, valueOf } from './payload.ts';
import type { Payload } from './payload.ts';
import { argumentError, raise } from './waiting.ts';

/**
 * What a reduction works on: a vector (typed array, number as one double, pair as two) or one
 * structured value. An operand is private to the call, so the caller's data never changes.
 */
export type Operand = {
  readonly kind: 'array' | 'number' | 'pair' | 'value';
  /** What the signature says about type and count. */
  readonly type: number;
  readonly count: number;
  /** The caller's array; the operand's own vector holds a copy only after `ownData`. */
  readonly source: TypedArray | undefined;
  vector: TypedArray | undefined;
  value: unknown;
};

/** A value with the place where it was found; the result of minloc and maxloc. */
export type Located = { readonly value: number; readonly index: number };

const BUILTIN_NAMES = OPERATOR_NAMES.filter((name) => name !== 'none' && name !== 'function');

export const operatorName = (operator: Operator<never>): OperatorName =>
  typeof operator === 'function' ? 'function' : operator;

const isLocated = (value: unknown): value is Located =>
  typeof value === 'object' &&
  value !== null &&
  typeof Reflect.get(value, 'value') === 'number' &&
  typeof Reflect.get(value, 'index') === 'number';

/** Errors: CommunicatorArgumentError when operator and data do not go together. */
export function operandOf(
  collective: string,
  input: {
    readonly data: unknown;
    readonly operator: Operator<never>;
    readonly rank: number;
    readonly into?: TypedArray | undefined;
  },
): Operand {
  const { data, operator, rank, into } = input;
  checkOperator(collective, operator);
  if (isTypedArray(data)) return arrayOperand(collective, { data, operator, into });
  const location = typeof operator !== 'function' && isLocation(operator);
  if (location && (typeof data === 'number' || isLocated(data))) {
    const pair = typeof data === 'number' ? [data, rank] : [data.value, data.index];
    return scalarOperand('pair', pair);
  }
  if (typeof data === 'number') return numberOperand(collective, data, operator);
  const plain = typeof data === 'bigint' || (typeof data === 'boolean' && !location);
  if (typeof operator !== 'function' && (!plain || location)) {
    const rule = `${operator} needs numbers, bigints or a typed array; give a function for values`;
    throw argumentError(collective, 'data', { value: data, rule });
  }
  const nothing = { source: undefined, vector: undefined };
  return { kind: 'value', type: VALUE, count: ANY_COUNT, ...nothing, value: data };
}

function scalarOperand(kind: 'number' | 'pair', numbers: readonly number[]): Operand {
  const vector = Float64Array.from(numbers);
  const type = kind === 'pair' ? PAIR : NUMBER;
  return { kind, type, count: 1, source: vector, vector, value: undefined };
}

function checkOperator(collective: string, operator: unknown): void {
  if (typeof operator === 'function') return;
  if (BUILTIN_NAMES.some((name) => name === operator)) return;
  const rule = `it must be a function or one of ${BUILTIN_NAMES.join(', ')}`;
  throw argumentError(collective, 'operator', { value: operator, rule });
}

function numberOperand(collective: string, data: number, operator: Operator<never>): Operand {
  const whole = (data | 0) === data || data >>> 0 === data;
  if (typeof operator !== 'function' && isBitwise(operator) && !whole) {
    const rule = `${operator} needs 32-bit whole numbers`;
    throw argumentError(collective, 'data', { value: data, rule });
  }
  return scalarOperand('number', [data]);
}

function arrayOperand(
  collective: string,
  input: {
    readonly data: TypedArray;
    readonly operator: Operator<never>;
    readonly into: TypedArray | undefined;
  },
): Operand {
  const { data, operator, into } = input;
  const type = typeCodeOf(data);
  checkAttached(collective, 'data', data);
  if (typeof operator !== 'function') {
    if (isBitwise(operator) && !isIntegerArray(data)) {
      const rule = `${operator} needs an integer array`;
      throw argumentError(collective, 'data', { value: data, rule });
    }
    if (isLocation(operator) && data.length % 2 !== 0) {
      const rule = `${operator} needs pairs (value, index), so an even length`;
      throw argumentError(collective, 'data', { value: data, rule });
    }
  }
  if (into !== undefined) checkInto(collective, into, { type, length: data.length });
  const vector = into ?? arrayOf(type, data.length);
  return { kind: 'array', type, count: data.length, source: data, vector, value: undefined };
}

/** Copies the caller's data into the operand, for algorithms that work on it in place. */
export function ownData({ source, vector }: Operand): void {
  if (source === undefined || vector === undefined || vector === source) return;
  bytesOf(vector).set(bytesOf(source));
}

export function payloadOfOperand(collective: string, operand: Operand): Payload {
  const { vector } = operand;
  if (vector === undefined) return payloadOf(collective, operand.value);
  return { type: typeCodeOf(vector), bytes: bytesOf(vector) };
}

/** A second operand of the same shape, filled from received bytes. */
export function receivedOperand(operand: Operand, payload: Payload): Operand {
  if (operand.vector === undefined) {
    return { ...operand, value: deserialize(payload.bytes) };
  }
  const vector = valueOf(payload.type, payload.bytes);
  return { ...operand, vector: isTypedArray(vector) ? vector : undefined };
}

/**
 * target = left op right, where the target is one of the two. A user operator that throws ends
 * the attempt's collectives; here its error is the cause.
 */
export function combine(
  turn: Turn,
  operator: Operator<never>,
  operands: { readonly target: Operand; readonly left: Operand; readonly right: Operand },
): void {
  const { target, left, right } = operands;
  try {
    if (target.vector !== undefined && left.vector !== undefined && right.vector !== undefined) {
      reduceArrays(operator, target.vector, { left: left.vector, right: right.vector });
    } else if (typeof operator === 'function') {
      const apply: (a: never, b: never) => unknown = operator;
      target.value = apply(left.value as never, right.value as never);
    } else {
      target.value = reduceScalars(operator, left.value, right.value);
    }
  } catch (cause) {
    raiseOperator(turn, cause);
  }
}

function raiseOperator(turn: Turn, cause: unknown): never {
  const { endpoint } = turn.group;
  const failure = cause instanceof Error ? cause.message : String(cause);
  try {
    raise(
      endpoint,
      { kind: 'operator', rank: endpoint.rank, collective: turn.name, failure },
      turn.name,
    );
  } catch (error) {
    if (error instanceof Error) error.cause = cause;
    throw error;
  }
}

/** What the caller gets: the shape of what it gave. */
export function resultOf(operand: Operand): unknown {
  const { kind, vector } = operand;
  if (kind === 'array') return vector;
  if (kind === 'number') return vector?.[0];
  if (kind === 'pair') return { value: vector?.[0], index: vector?.[1] };
  return operand.value;
}
