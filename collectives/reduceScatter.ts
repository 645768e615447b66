import { NO_ROOT } from './call.ts';
import { isTypedArray } from './elementType.ts';
import type { TypedArray } from './elementType.ts';
import { begin, expectLength, finish, receive, start } from './group.ts';
import type { Group } from './group.ts';
import { operandOf, operatorName, ownData } from './operand.ts';
import { isLocation } from './operators.ts';
import type { Operator } from './operators.ts';
import { arrayOf, bytesOf, checkInto } from './payload.ts';
import { checkCounts, equalCounts, offsetsOf, slicePayload } from './pieces.ts';
import { foldToFirst } from './reduce.ts';
import { sharesMemory } from './shared/offer.ts';
import { reduceOffers } from './shared/reduceOffers.ts';
import { argumentError } from './waiting.ts';

export type ReduceScatterArguments = {
  readonly data: unknown;
  readonly operator: Operator<never>;
  readonly counts?: readonly number[] | undefined;
  readonly into?: TypedArray | undefined;
};

/** The reduction of all ranks' arrays, of which rank r gets piece r. Between parts: reduce, then scatter. */
export function reduceScatter(group: Group, args: ReduceScatterArguments): TypedArray {
  const { data, operator, into } = args;
  const name = 'reduceScatter';
  const size = group.members.length;
  if (!isTypedArray(data)) {
    throw argumentError(name, 'data', { value: data, rule: 'it must be a typed array' });
  }
  const counts = args.counts ?? equalCounts(name, data, size);
  checkCounts(name, counts, { size, total: data.length });
  const operand = operandOf(name, { data, operator, rank: group.rank });
  const mine = counts[group.rank] ?? 0;
  if (into !== undefined) checkInto(name, into, { type: operand.type, length: mine });
  const turn = begin(group, {
    collective: name,
    type: operand.type,
    operator: operatorName(operator),
    count: operand.count,
    root: NO_ROOT,
  });
  const result = into ?? arrayOf(operand.type, mine);
  // A pair may be cut in two.
  const whole = typeof operator !== 'function' && isLocation(operator);
  if (!whole && sharesMemory(turn)) {
    const from = offsetsOf(counts)[group.rank] ?? 0;
    const share = { operator, data, from, members: size, result };
    if (reduceOffers(turn, share)) return result;
  }
  ownData(operand);
  foldToFirst(turn, operator, operand);
  const target = { type: operand.type, bytes: bytesOf(result) };
  if (group.rank !== 0 || operand.vector === undefined) {
    expectLength(turn, receive(turn, 0, target), result.byteLength);
    return result;
  }
  const { vector } = operand;
  const offsets = offsetsOf(counts);
  const piece = (rank: number) => {
    const from = offsets[rank] ?? 0;
    return slicePayload(vector, from, from + (counts[rank] ?? 0));
  };
  finish(
    turn,
    counts.flatMap((_, to) => (to === 0 ? [] : [start(turn, to, piece(to))])),
  );
  target.bytes.set(piece(0).bytes);
  return result;
}
