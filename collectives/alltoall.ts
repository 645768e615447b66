import { ANY_COUNT, NO_ROOT } from './call.ts';
import { VALUE, isTypedArray, typeCodeOf } from './elementType.ts';
import type { TypedArray } from './elementType.ts';
import { begin, finish, raiseSizes, receive, start } from './group.ts';
import type { Group, Turn } from './group.ts';
import { EMPTY_PAYLOAD, arrayOf, bytesOf, checkInto } from './payload.ts';
import type { Payload } from './payload.ts';
import { planExchange } from './shared/exchange.ts';
import { offer, sharesMemory } from './shared/offer.ts';
import { resultingIn } from './shared/plan.ts';
import { remember } from './shared/repeat.ts';
import { teamOf } from './shared/team.ts';
import { checkCounts, checkOverlap, cutPayloads, expectPiece } from './pieces.ts';
import { joinPieces, offsetsOf } from './pieces.ts';
import { argumentError } from './waiting.ts';

export type AlltoallArguments = {
  readonly data: unknown;
  readonly into?: TypedArray | undefined;
  /** Elements for each rank (alltoallv). */
  readonly counts?: readonly number[] | undefined;
  /** Elements from each rank (alltoallv), when known. */
  readonly expected?: readonly number[] | undefined;
  readonly uneven: boolean;
};

/**
 * Piece j of rank i becomes piece i of rank j. Pairwise exchange: n - 1 steps, in step s with
 * the ranks s before and after.
 */
export function alltoall(group: Group, args: AlltoallArguments): unknown {
  const { data, uneven, expected } = args;
  const name = uneven ? 'alltoallv' : 'alltoall';
  const size = group.members.length;
  if (uneven && (!isTypedArray(data) || args.counts === undefined)) {
    const rule = 'it must be a typed array, with the counts';
    throw argumentError(name, 'data', { value: data, rule });
  }
  if (expected !== undefined) checkCounts(name, expected, { size, total: args.into?.length });
  const cut = cutPayloads(name, data, { size, counts: args.counts });
  const isArray = isTypedArray(data);
  if (isArray && !uneven && args.into !== undefined) {
    checkInto(name, args.into, { type: cut.type, length: data.length });
  }
  checkOverlap(name, args.into, { array: data, allowedAt: NaN });
  const turn = begin(group, {
    collective: name,
    type: cut.type,
    operator: 'none',
    count: uneven || !isArray ? ANY_COUNT : data.length,
    root: NO_ROOT,
  });
  if (isArray && !uneven && sharesMemory(turn)) {
    return alltoallHere(turn, data, args);
  }
  const takes = isArray && sharesMemory(turn) ? takeParts(turn, args, { ...cut, data }) : undefined;
  return takes ?? exchangePairs(turn, args, cut);
}

/** Inside one memory every rank copies what is cut off for it from where its owner laid it out. */
function takeParts(
  turn: Turn,
  { counts, expected, into }: AlltoallArguments,
  own: { readonly type: number; readonly data: TypedArray },
): unknown {
  const { type, data } = own;
  const { rank, members } = turn.group;
  const width = data.BYTES_PER_ELEMENT;
  const at = offsetsOf(counts ?? []).map((offset) => offset * width);
  const offers = offer(turn, { type, bytes: bytesOf(data) }, { type, cut: { at } });
  if (offers === undefined) return undefined;
  const pieces = members.map((world, member) => {
    const piece = offers.part(member, rank);
    const counted = expected?.[member];
    const sent = piece.bytes.byteLength;
    if (counted !== undefined && counted * width !== sent) {
      raiseSizes(turn, { rank: world, sent, expected: counted * width });
    }
    return piece;
  });
  const joined = joinPieces(turn, pieces, { into, type });
  offers.release();
  return joined;
}

/** Inside one memory; the result is new unless one was given. */
function alltoallHere(turn: Turn, own: TypedArray, args: AlltoallArguments): unknown {
  const { into } = args;
  const { rank, members } = turn.group;
  const size = members.length;
  const target = into ?? arrayOf(typeCodeOf(own), own.length);
  const bytes = own.byteLength / size;
  const pieces = { first: 0, count: size, skip: rank * bytes, bytes };
  const team = teamOf(turn);
  const exchange = planExchange(turn, team, { own, target, offered: own.byteLength, ...pieces });
  const plan = resultingIn<unknown>(exchange, target, () =>
    exchangePairs(turn, args, cutPayloads(turn.name, own, { size, counts: undefined })),
  );
  if (into !== undefined) remember(turn, { data: own, into, option: undefined }, plan);
  return plan.run();
}

function exchangePairs(
  turn: Turn,
  args: AlltoallArguments,
  cut: { readonly type: number; readonly payloads: readonly Payload[] },
): unknown {
  const { data, uneven, expected } = args;
  const { rank, members } = turn.group;
  const size = members.length;
  const isArray = isTypedArray(data);
  const width = isArray ? data.BYTES_PER_ELEMENT : 1;
  const own = cut.payloads[rank] ?? EMPTY_PAYLOAD;
  const pieces = members.map((): Payload => own);
  for (let step = 1; step < size; step++) {
    const to = (rank + step) % size;
    const from = (rank - step + size) % size;
    const sent = start(turn, to, cut.payloads[to] ?? EMPTY_PAYLOAD);
    const arrival = receive(turn, from);
    const counted = expected?.[from];
    const uneventful = cut.type === VALUE ? undefined : own.bytes.byteLength;
    const bytes = counted === undefined ? undefined : counted * width;
    expectPiece(turn, arrival, uneven ? bytes : uneventful);
    pieces[from] = arrival;
    finish(turn, [sent]);
  }
  return joinPieces(turn, pieces, { into: args.into, type: cut.type });
}
