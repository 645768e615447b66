import { ANY_COUNT, NO_ROOT } from './call.ts';
import type { CollectiveName } from './call.ts';
import { VALUE, isTypedArray, typeCodeOf } from './elementType.ts';
import type { TypedArray } from './elementType.ts';
import { begin, finish, receive, start } from './group.ts';
import type { Group, Turn } from './group.ts';
import { arrayOf, checkInto, payloadOf } from './payload.ts';
import type { Payload } from './payload.ts';
import { planExchange } from './shared/exchange.ts';
import { offer, sharesMemory } from './shared/offer.ts';
import { resultingIn } from './shared/plan.ts';
import { remember } from './shared/repeat.ts';
import { teamOf } from './shared/team.ts';
import { checkCounts, checkOverlap, expectPiece, joinPieces } from './pieces.ts';
import { argumentError } from './waiting.ts';

export type AllgatherArguments = {
  readonly data: unknown;
  readonly into?: TypedArray | undefined;
  readonly counts?: readonly number[] | undefined;
  readonly uneven: boolean;
};

/** Every rank's data on every rank, in rank order. Ring: n - 1 steps, each piece travels once. */
export function allgather(group: Group, args: AllgatherArguments): unknown {
  const { data, uneven, counts } = args;
  const name = uneven ? 'allgatherv' : 'allgather';
  const size = group.members.length;
  const array = isTypedArray(data) ? data : undefined;
  if (uneven && array === undefined) {
    throw argumentError(name, 'data', { value: data, rule: 'it must be a typed array' });
  }
  if (counts !== undefined) checkCounts(name, counts, { size, total: args.into?.length });
  const own = payloadOf(name, data);
  if (!uneven && array !== undefined && args.into !== undefined) {
    checkInto(name, args.into, { type: own.type, length: array.length * size });
  }
  const allowedAt = uneven ? NaN : group.rank * (array?.byteLength ?? 0);
  checkOverlap(name, args.into, { array, allowedAt });
  const turn = begin(group, {
    collective: name,
    type: array === undefined ? VALUE : typeCodeOf(array),
    operator: 'none',
    count: uneven || array === undefined ? ANY_COUNT : array.length,
    root: NO_ROOT,
  });
  if (array !== undefined && !uneven && sharesMemory(turn)) {
    return allgatherHere(turn, array, args);
  }
  if (array !== undefined && sharesMemory(turn)) {
    const offers = offer(turn, own, { type: own.type });
    if (offers !== undefined) {
      const pieces = group.members.map((_, member) => {
        const counted = counts?.[member];
        offers.expect(
          member,
          counted === undefined ? undefined : counted * array.BYTES_PER_ELEMENT,
        );
        return offers.piece(member);
      });
      const joined = joinPieces(turn, pieces, { into: args.into, type: own.type });
      offers.release();
      return joined;
    }
  }
  return aroundTheRing(turn, args, array);
}

/** Inside one memory; the result is new unless one was given. */
function allgatherHere(turn: Turn, own: TypedArray, args: AllgatherArguments): unknown {
  const { into } = args;
  const size = turn.group.members.length;
  const target = into ?? arrayOf(typeCodeOf(own), own.length * size);
  const bytes = own.byteLength;
  const pieces = { first: 0, count: size, skip: 0, bytes };
  const exchange = planExchange(turn, teamOf(turn), { own, target, offered: bytes, ...pieces });
  const plan = resultingIn<unknown>(exchange, target, () => aroundTheRing(turn, args, own));
  if (into !== undefined) remember(turn, { data: own, into, option: undefined }, plan);
  return plan.run();
}

function aroundTheRing(
  turn: Turn,
  args: AllgatherArguments,
  array: TypedArray | undefined,
): unknown {
  const { uneven, counts } = args;
  const own = payloadOf(turn.name, array ?? args.data);
  const width = array?.BYTES_PER_ELEMENT ?? 1;
  const pieces = passAround(turn, own, (from) => {
    if (array === undefined) return undefined;
    const counted = counts?.[from];
    if (!uneven) return array.byteLength;
    return counted === undefined ? undefined : counted * width;
  });
  return joinPieces(turn, pieces, { into: args.into, type: own.type });
}

/** The ring: each step sends on what the step before brought. */
export function passAround(
  turn: Turn,
  own: Payload,
  expected: (rank: number) => number | undefined,
): Payload[] {
  const { rank, members } = turn.group;
  const size = members.length;
  const pieces = members.map((): Payload => own);
  for (let step = 1; step < size; step++) {
    const onward = pieces[(rank - step + 1 + size) % size] ?? own;
    const sent = start(turn, (rank + 1) % size, onward);
    const from = (rank - step + size) % size;
    const arrival = receive(turn, (rank - 1 + size) % size);
    expectPiece(turn, arrival, expected(from));
    pieces[from] = arrival;
    finish(turn, [sent]);
  }
  return pieces;
}

/** A structured value from every rank, for the library's own use. */
export function exchangeValues(
  group: Group,
  name: CollectiveName,
  value: unknown,
): Turn & {
  readonly payloads: readonly Payload[];
} {
  const own = payloadOf(name, value);
  const call = { type: VALUE, operator: 'none', count: ANY_COUNT, root: NO_ROOT } as const;
  const turn = begin(group, { collective: name, ...call });
  return { ...turn, payloads: passAround(turn, own, () => undefined) };
}
