import { typeCodeOf } from './elementType.ts';
import type { TypedArray } from './elementType.ts';
import { begin, checkRank, expectLength, receive, send, worldRank } from './group.ts';
import type { Group, Turn } from './group.ts';
import { headIndex, headsOf, isContiguous } from './hierarchy.ts';
import { reduceTogether } from './shared/reduceTogether.ts';
import { isLocal, teamOf } from './shared/team.ts';
import {
  combine,
  operandOf,
  operatorName,
  ownData,
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
  if (levelsApply(group, operator, operand)) {
    reduceInLevels(turn, operator, { operand, root });
    return group.rank === root ? resultOf(operand) : undefined;
  }
  ownData(operand);
  foldToFirst(turn, operator, operand);
  if (root === 0) return group.rank === 0 ? resultOf(operand) : undefined;
  if (group.rank === 0) send(turn, root, payloadOfOperand('reduce', operand));
  if (group.rank !== root) return undefined;
  takeResult(turn, operand, 0);
  return resultOf(operand);
}

/** Whether memory helps: vectors, of ranks that share it, without changing the order of ranks. */
export function levelsApply(group: Group, operator: Operator<never>, operand: Operand): boolean {
  if (operand.vector === undefined || group.members.length === 1) return false;
  return typeof operator === 'string' || isContiguous(group);
}

/** In every part to its head, from the heads to the root's head, from there to the root. */
function reduceInLevels(
  turn: Turn,
  operator: Operator<never>,
  { operand, root }: { readonly operand: Operand; readonly root: number },
): void {
  const { group } = turn;
  const team = teamOf(turn);
  const rootIsHere = team.ranks.indexOf(worldRank(group, root));
  if (isLocal(group)) {
    foldInPart(turn, operator, { operand, only: rootIsHere });
    return;
  }
  foldInPart(turn, operator, { operand, only: 0 });
  if (team.me === 0) {
    const heads = headsOf(turn);
    const target = headIndex(group, root);
    foldToFirst(heads, operator, operand);
    if (target !== 0 && heads.group.rank === 0) {
      send(heads, target, payloadOfOperand('reduce', operand));
    }
    if (target !== 0 && heads.group.rank === target) takeResult(heads, operand, 0);
    if (rootIsHere > 0) send(turn, root, payloadOfOperand('reduce', operand));
  }
  if (rootIsHere > 0 && rootIsHere === team.me) {
    takeResult(turn, operand, group.members.indexOf(team.ranks[0] ?? -1));
  }
}

/** The reduction of a part's ranks, on one of them or (only undefined) on all. */
export function foldInPart(
  turn: Turn,
  operator: Operator<never>,
  { operand, only }: { readonly operand: Operand; readonly only: number | undefined },
): void {
  const team = teamOf(turn);
  const { source: data, vector } = operand;
  if (data === undefined || vector === undefined) return;
  if (team.size === 1) {
    ownData(operand);
    return;
  }
  const wanted = only === undefined || only === team.me;
  const type = typeCodeOf(data);
  reduceTogether(turn, team, { operator, type, data, result: wanted ? vector : undefined });
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
