import { NO_ROOT } from './call.ts';
import { begin, send } from './group.ts';
import type { Group, Turn } from './group.ts';
import {
  combine,
  operandOf,
  operatorName,
  ownData,
  payloadOfOperand,
  resultOf,
} from './operand.ts';
import type { Operand } from './operand.ts';
import { receiveOperand } from './reduce.ts';
import { sharesMemory } from './shared/offer.ts';
import { reduceOffers } from './shared/reduceOffers.ts';
import type { ReduceArguments } from './reduce.ts';

/**
 * Prefix reductions: `scan` gives rank r the reduction of ranks 0..r, `scanExclusive` of ranks
 * 0..r-1 (undefined on rank 0).
 */
export function scan(
  group: Group,
  args: ReduceArguments & { readonly exclusive: boolean },
): unknown {
  const { operator, exclusive } = args;
  const name = exclusive ? 'scanExclusive' : 'scan';
  const { rank } = group;
  const operand = operandOf(name, { ...args, rank });
  const turn = begin(group, {
    collective: name,
    type: operand.type,
    operator: operatorName(operator),
    count: operand.count,
    root: NO_ROOT,
  });
  const { source, vector } = operand;
  if (source !== undefined && vector !== undefined && sharesMemory(turn)) {
    const members = exclusive ? rank : rank + 1;
    const share = { operator, data: source, from: 0, members, result: vector };
    if (reduceOffers(turn, share)) return members === 0 ? undefined : resultOf(operand);
  }
  return scanChain(turn, args, operand);
}

/** A chain from rank to rank: n - 1 steps, n - 1 messages. */
function scanChain(
  turn: Turn,
  args: ReduceArguments & { readonly exclusive: boolean },
  operand: Operand,
): unknown {
  const { operator, exclusive } = args;
  const { rank, members } = turn.group;
  ownData(operand);
  const before = rank === 0 ? undefined : receiveOperand(turn, operand, rank - 1);
  const result = exclusive ? before : operand;
  const kept = exclusive && before !== undefined ? resultOf(before) : undefined;
  if (before !== undefined && (!exclusive || rank + 1 < members.length)) {
    combine(turn, operator, { target: operand, left: before, right: operand });
  }
  if (rank + 1 < members.length) send(turn, rank + 1, payloadOfOperand(turn.name, operand));
  if (!exclusive) return resultOf(operand);
  if (result === undefined) return undefined;
  return args.into === undefined ? kept : intoOf(args, kept);
}

function intoOf(args: ReduceArguments, kept: unknown): unknown {
  if (args.into === undefined || !ArrayBuffer.isView(kept)) return kept;
  const { buffer, byteOffset, byteLength } = args.into;
  const from = new Uint8Array(kept.buffer, kept.byteOffset, kept.byteLength);
  new Uint8Array(buffer, byteOffset, byteLength).set(from);
  return args.into;
}
