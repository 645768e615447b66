import { ANY_TYPE, isTypedArrayCode, typeName } from './elementType.ts';

/**
 * A collective call's signature: what all ranks of a communicator must agree on. It travels as
 * three words in every internal message, so that a differing rank is found and named.
 */
export const COLLECTIVES = [
  'send',
  'barrier',
  'bcast',
  'reduce',
  'allreduce',
  'scan',
  'scanExclusive',
  'gather',
  'gatherv',
  'scatter',
  'scatterv',
  'allgather',
  'allgatherv',
  'alltoall',
  'alltoallv',
  'reduceScatter',
  'split',
  'dup',
  'recv',
  'sendrecv',
] as const;
export type CollectiveName = (typeof COLLECTIVES)[number];

export const OPERATOR_NAMES = [
  'none',
  'sum',
  'product',
  'min',
  'max',
  'minloc',
  'maxloc',
  'logicalAnd',
  'logicalOr',
  'logicalXor',
  'bitwiseAnd',
  'bitwiseOr',
  'bitwiseXor',
  'function',
] as const;
export type OperatorName = (typeof OPERATOR_NAMES)[number];

export const ANY_COUNT = -1;
export const NO_ROOT = -1;

export type Call = {
  readonly collective: CollectiveName;
  readonly type: number;
  readonly operator: OperatorName;
  /** Elements, or ANY_COUNT where ranks may differ or do not know. */
  readonly count: number;
  readonly root: number;
};

export type CallWords = readonly [code: number, count: number, root: number];

export const callWords = (call: Call): CallWords => [
  COLLECTIVES.indexOf(call.collective) |
    (call.type << 8) |
    (OPERATOR_NAMES.indexOf(call.operator) << 16),
  call.count | 0,
  call.root,
];

/** Its place among COLLECTIVES. */
export const kindOf = (words: CallWords): number => words[0] & 0xff;

/** Whether two ranks' calls fit; an unknown type or count on either side fits anything. */
export function callsAgree(a: CallWords, b: CallWords): boolean {
  const different = a[0] ^ b[0];
  if ((different & 0xff00ff) !== 0 || a[2] !== b[2]) return false;
  const typeA = (a[0] >> 8) & 0xff;
  const typeB = (b[0] >> 8) & 0xff;
  if (typeA !== typeB && typeA !== ANY_TYPE && typeB !== ANY_TYPE) return false;
  return a[1] === b[1] || a[1] === ANY_COUNT || b[1] === ANY_COUNT;
}

/** `reduce(Float64Array[10], sum, root 0)`. */
export function describeCall(words: CallWords): string {
  const collective = COLLECTIVES[words[0] & 0xff] ?? 'unknown';
  const type = (words[0] >> 8) & 0xff;
  const operator = OPERATOR_NAMES[(words[0] >> 16) & 0xff] ?? 'unknown';
  const parts: string[] = [];
  if (type !== ANY_TYPE && type !== 0) {
    const counted = isTypedArrayCode(type) && words[1] !== ANY_COUNT;
    parts.push(`${typeName(type)}${counted ? `[${words[1] >>> 0}]` : ''}`);
  }
  if (operator !== 'none') parts.push(operator);
  if (words[2] !== NO_ROOT) parts.push(`root ${words[2]}`);
  return `${collective}(${parts.join(', ')})`;
}

/** With how many collectives the communicator had made before. */
export const described = (words: CallWords, epoch: number): string =>
  `${describeCall(words)} as call ${epoch}`;
