import { typeCodeOf } from '../elementType.ts';
import type { TypedArray } from '../elementType.ts';
import type { Turn } from '../group.ts';
import { STAGE_BYTES } from '../layout.ts';
import type { Operator } from '../operators.ts';
import { arrayOf, bytesOf } from '../payload.ts';
import { addReceived, addSent } from '../usage.ts';
import { fold } from './fold.ts';
import { offer, offerWord, offeredAt, IN_STAGE } from './offer.ts';
import { arrayAt, copyArray, partOf, placeOf } from './place.ts';
import { stageOf } from './team.ts';
import type { Team } from './team.ts';

/**
 * Reductions of which every rank wants another part (reduceScatter, scan), inside one memory: all offer
 * their data, and everyone reduces what it wants from where that lies. One meeting, two for large data.
 */
export type Share = {
  readonly operator: Operator<never>;
  readonly data: TypedArray;
  /** Elements from `from` on, as many as the result has, of the first `members` members' data. */
  readonly from: number;
  readonly members: number;
  /** May be the data itself. */
  readonly result: TypedArray;
};

/** False when somebody's data is private and too large: then all members know it. */
export function reduceOffers(turn: Turn, share: Share): boolean {
  const { data, members, result } = share;
  const type = typeCodeOf(data);
  const own = { type, bytes: bytesOf(data) };
  const offers = offer(turn, own, { type });
  if (offers === undefined) return false;
  const { team } = offers;
  const { endpoint, me } = team;
  addSent(endpoint.usage, data.byteLength);
  addReceived(endpoint.usage, result.byteLength * (me < members ? members - 1 : members));
  // Others still read data that is offered where it is.
  const read = offerWord(team, own.bytes) !== IN_STAGE && placeOf(endpoint, result) !== 0;
  const target = read && overlap(data, result) ? arrayOf(type, result.length) : result;
  if (members > 0) reduceShare(turn, team, { ...share, result: target });
  offers.release();
  if (target !== result && members > 0) copyArray(result, target);
  return true;
}

const overlap = (one: TypedArray, other: TypedArray): boolean =>
  one.byteOffset < other.byteOffset + other.byteLength &&
  other.byteOffset < one.byteOffset + one.byteLength;

/** Straight into a shared array; to an ordinary one through our stage of the other parity, which is free. */
function reduceShare(turn: Turn, team: Team, share: Share): void {
  const { operator, from, members, result } = share;
  const { endpoint, me } = team;
  const type = typeCodeOf(result);
  const width = result.BYTES_PER_ELEMENT;
  const given = Array.from({ length: members }, (_, member) => offeredAt(team, member));
  const place = placeOf(endpoint, result);
  const stage = stageOf(team, me, team.sequence + 1);
  const step = place === 0 ? STAGE_BYTES / width : result.length;
  for (let at = 0; at < result.length; at += step) {
    const to = Math.min(result.length, at + step);
    const bytes = (to - at) * width;
    const inputs = given.map((address) => address + (from + at) * width);
    const output = place === 0 ? stage : place + at * width;
    fold(turn, team, { operator, type, bytes, inputs, outputs: [output] });
    if (place !== 0) continue;
    copyArray(partOf(result, at, to), arrayAt(endpoint, type, { address: output, bytes }));
  }
}
