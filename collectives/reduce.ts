import type { TypedArray } from './elementType.ts';
import { begin, checkRank, expectLength, receive, send } from './group.ts';
import type { Group, Turn } from './group.ts';
import {
  combine,
  operandOf,
  operatorName,
  payloadOfOperand,
  receivedOperand,
  resultOf,
} from './operand.ts';
import type { Operand } from './operand.ts';
import type { Operator } from './operators.ts';

export type ReduceArguments = {
  readonly data: unknown;
  readonly operator: Operator<never>;
  readonly into?: TypedArray | undefined;
};

/** The reduction of all ranks' data on the root; undefined elsewhere. */
export function reduce(group: Group, args: ReduceArguments & { readonly root: number }): unknown {
  const { operator, root } = args;
  checkRank(group, 'reduce', 'root', root);
  const into = group.rank === root ? args.into : undefined;
  const operand = operandOf('reduce', { ...args, into, rank: group.rank });
  const turn = begin(group, {
    collective: 'reduce',
    type: operand.type,
    operator: operatorName(operator),
    count: operand.count,
    root,
  });
  foldToFirst(turn, operator, operand);
  if (root === 0) return group.rank === 0 ? resultOf(operand) : undefined;
  if (group.rank === 0) send(turn, root, payloadOfOperand('reduce', operand));
  if (group.rank !== root) return undefined;
  takeResult(turn, operand, 0);
  return resultOf(operand);
}

/**
 * Binomial tree to rank 0 in which every step joins neighbouring runs of ranks, so operators
 * need to be associative only and the order of operations depends on the ranks alone.
 */
export function foldToFirst(turn: Turn, operator: Operator<never>, operand: Operand): void {
  const { rank, members } = turn.group;
  const size = members.length;
  for (let mask = 1; mask < size; mask *= 2) {
    if ((rank & mask) !== 0) {
      send(turn, rank - mask, payloadOfOperand(turn.name, operand));
      return;
    }
    if (rank + mask >= size) continue;
    const right = receiveOperand(turn, operand, rank + mask);
    combine(turn, operator, { target: operand, left: operand, right });
  }
}

/** A peer's operand, which must have the shape of ours. */
export function receiveOperand(turn: Turn, operand: Operand, from: number): Operand {
  const arrival = receive(turn, from);
  if (operand.vector !== undefined) expectLength(turn, arrival, operand.vector.byteLength);
  return receivedOperand(operand, arrival);
}

/** Replaces our operand by the finished one of a peer. */
export function takeResult(turn: Turn, operand: Operand, from: number): void {
  const { vector } = operand;
  const into = vector && payloadOfOperand(turn.name, operand);
  const arrival = receive(turn, from, into);
  if (vector === undefined) operand.value = receivedOperand(operand, arrival).value;
  else expectLength(turn, arrival, vector.byteLength);
}
