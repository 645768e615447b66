import { ANY_COUNT } from './call.ts';
import { ANY_TYPE, isTypedArray, typeCodeOf } from './elementType.ts';
import { begin, checkRank, finish, receive, start, worldRank } from './group.ts';
import type { Group, Turn } from './group.ts';
import { headIndex, headsOf } from './hierarchy.ts';
import { bcastTogether, planBcast } from './shared/bcastTogether.ts';
import { resultingIn } from './shared/plan.ts';
import { remember } from './shared/repeat.ts';
import { isLocal, teamOf } from './shared/team.ts';
import { bytesOf, checkAttached, payloadOf, valueOf } from './payload.ts';
import type { Payload } from './payload.ts';

/**
 * The root's value on every rank. Between parts a binomial tree: ceil(log2 parts) steps, parts - 1
 * messages; inside a part everybody copies from the one that has it. A rank that
 * passes a typed array gets it filled (type and length must be the root's); one that passes
 * undefined gets a new array or value.
 */
export function bcast(group: Group, data: unknown, root: number): unknown {
  checkRank(group, 'bcast', 'root', root);
  const array = isTypedArray(data) ? data : undefined;
  if (array !== undefined) checkAttached('bcast', 'data', array);
  const mine = group.rank === root ? payloadOf('bcast', data) : undefined;
  const turn = begin(group, {
    collective: 'bcast',
    type: array === undefined ? (mine?.type ?? ANY_TYPE) : typeCodeOf(array),
    operator: 'none',
    count: array?.length ?? ANY_COUNT,
    root,
  });
  const into = array && { type: typeCodeOf(array), bytes: bytesOf(array) };
  if (array !== undefined && group.members.length > 1 && isLocal(group)) {
    const team = teamOf(turn);
    const from = team.ranks.indexOf(worldRank(group, root));
    const plan = resultingIn(planBcast(turn, team, { from, mine, into }), array);
    remember(turn, { data, into: undefined, option: root }, plan);
    return plan.run();
  }
  const payload = deliver(turn, { root, mine, into });
  if (mine !== undefined) return data;
  return array ?? valueOf(payload.type, payload.bytes);
}

type Delivery = {
  readonly root: number;
  readonly mine: Payload | undefined;
  readonly into: Payload | undefined;
};

/** From part to part along the tree of heads, then inside each part. */
function deliver(turn: Turn, { root, mine, into }: Delivery): Payload {
  const { group } = turn;
  if (group.members.length === 1 && mine !== undefined) return mine;
  const team = teamOf(turn);
  const rootIsHere = team.ranks.indexOf(worldRank(group, root));
  const from = Math.max(0, rootIsHere);
  let payload = mine;
  if (!isLocal(group) && team.me === from) {
    payload = spread(headsOf(turn, root), { root: headIndex(group, root), mine, into });
  }
  if (team.size > 1) return bcastTogether(turn, team, { from, mine: payload, into });
  if (payload === undefined) throw new Error('a head has the payload');
  return payload;
}

/** The binomial tree itself, for any payload; also the second half of other collectives. */
export function spread(
  turn: Turn,
  what: {
    readonly root: number;
    readonly mine?: Payload | undefined;
    readonly into?: Payload | undefined;
  },
): Payload {
  const { rank, members } = turn.group;
  const size = members.length;
  const shifted = (rank - what.root + size) % size;
  let payload = what.mine;
  let mask = 1;
  while (mask < size && (shifted & mask) === 0) mask *= 2;
  if (shifted !== 0) payload = receive(turn, (shifted - mask + what.root) % size, what.into);
  if (payload === undefined) throw new Error('the root of a broadcast has a payload');
  const sends = [];
  for (mask /= 2; mask >= 1; mask /= 2) {
    const to = shifted + mask;
    if (to < size) sends.push(start(turn, (to + what.root) % size, payload));
  }
  finish(turn, sends);
  return payload;
}
