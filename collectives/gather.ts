import { ANY_COUNT } from './call.ts';
import { VALUE, isTypedArray, typeCodeOf } from './elementType.ts';
import type { TypedArray } from './elementType.ts';
import { begin, checkRank, receive, send, worldRank } from './group.ts';
import type { Group, Turn } from './group.ts';
import { planExchange } from './shared/exchange.ts';
import { resultingIn } from './shared/plan.ts';
import { remember } from './shared/repeat.ts';
import { teamOf } from './shared/team.ts';
import { offer, sharesMemory } from './shared/offer.ts';
import type { Offers } from './shared/offer.ts';
import { checkCounts, checkOverlap, expectPiece, joinPieces } from './pieces.ts';
import { arrayOf, checkInto, payloadOf } from './payload.ts';
import { argumentError } from './waiting.ts';

export type GatherArguments = {
  readonly data: unknown;
  readonly root: number;
  readonly into?: TypedArray | undefined;
  /** Elements per rank; only looked at on the root. */
  readonly counts?: readonly number[] | undefined;
  /** Whether ranks may give different amounts (gatherv). */
  readonly uneven: boolean;
};

/** Every rank's data on the root, in rank order: n - 1 messages straight to the root. */
export function gather(group: Group, args: GatherArguments): unknown {
  const { data, root, uneven } = args;
  const name = uneven ? 'gatherv' : 'gather';
  checkRank(group, name, 'root', root);
  const size = group.members.length;
  const array = isTypedArray(data) ? data : undefined;
  if (uneven && array === undefined) {
    throw argumentError(name, 'data', { value: data, rule: 'it must be a typed array' });
  }
  const own = payloadOf(name, data);
  if (args.counts !== undefined && group.rank === root) {
    checkCounts(name, args.counts, { size, total: args.into?.length });
  }
  if (!uneven && array !== undefined && args.into !== undefined && group.rank === root) {
    checkInto(name, args.into, { type: own.type, length: array.length * size });
  }
  const allowedAt = uneven ? NaN : root * (array?.byteLength ?? 0);
  if (group.rank === root) checkOverlap(name, args.into, { array, allowedAt });
  const turn = begin(group, {
    collective: name,
    type: array === undefined ? VALUE : typeCodeOf(array),
    operator: 'none',
    count: uneven || array === undefined ? ANY_COUNT : array.length,
    root,
  });
  if (array !== undefined && !uneven && sharesMemory(turn)) return gatherHere(turn, args, array);
  const offers = array && sharesMemory(turn) ? offer(turn, own, { type: own.type }) : undefined;
  if (offers !== undefined) return takeOffers(offers, { ...args, type: own.type, turn });
  return gatherMessages(turn, args, data);
}

function gatherMessages(turn: Turn, args: GatherArguments, data: unknown): unknown {
  const { group } = turn;
  const { root, uneven } = args;
  const size = group.members.length;
  const array = isTypedArray(data) ? data : undefined;
  const own = payloadOf(turn.name, data);
  if (group.rank !== root) {
    send(turn, root, own);
    return undefined;
  }
  const width = array?.BYTES_PER_ELEMENT ?? 1;
  const pieces = [];
  for (let from = 0; from < size; from++) {
    if (from === group.rank) {
      pieces.push(own);
      continue;
    }
    const arrival = receive(turn, from);
    const counted = args.counts?.[from];
    const expected = counted === undefined ? undefined : counted * width;
    expectPiece(turn, arrival, uneven || array === undefined ? expected : array.byteLength);
    pieces.push(arrival);
  }
  return joinPieces(turn, pieces, { into: args.into, type: own.type });
}

/** Inside one memory; the root's result is new unless it gave one. */
function gatherHere(turn: Turn, args: GatherArguments, own: TypedArray): unknown {
  const { group } = turn;
  const { root, into } = args;
  const isRoot = group.rank === root;
  const size = group.members.length;
  const type = typeCodeOf(own);
  const target = isRoot ? (into ?? arrayOf(type, own.length * size)) : undefined;
  const bytes = own.byteLength;
  const team = teamOf(turn);
  const pieces = { first: 0, count: size, skip: 0, bytes };
  const taker = team.ranks.indexOf(worldRank(group, root));
  const exchange = planExchange(turn, team, { own, target, offered: bytes, ...pieces, taker });
  const plan = resultingIn<unknown>(exchange, target, () => gatherMessages(turn, args, own));
  if (!isRoot || into !== undefined) remember(turn, { data: own, into, option: root }, plan);
  return plan.run();
}

/** Inside one memory the root copies every piece from where its owner laid it out. */
function takeOffers(
  offers: Offers,
  args: GatherArguments & { readonly turn: Turn; readonly type: number },
): unknown {
  const { turn, root, counts, into, type } = args;
  let joined: unknown;
  if (turn.group.rank === root) {
    const width = arrayOf(type, 0).BYTES_PER_ELEMENT;
    const pieces = turn.group.members.map((_, member) => {
      const counted = counts?.[member];
      offers.expect(member, counted === undefined ? undefined : counted * width);
      return offers.piece(member);
    });
    joined = joinPieces(turn, pieces, { into, type });
  }
  offers.release();
  return joined;
}
