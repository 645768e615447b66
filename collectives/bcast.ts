import { ANY_COUNT } from './call.ts';
import { ANY_TYPE, isTypedArray, typeCodeOf } from './elementType.ts';
import { begin, checkRank, finish, receive, start } from './group.ts';
import type { Group, Turn } from './group.ts';
import { bytesOf, checkAttached, payloadOf, valueOf } from './payload.ts';
import type { Payload } from './payload.ts';

/**
 * The root's value on every rank. Binomial tree: ceil(log2 n) steps, n - 1 messages. A rank that
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
  if (mine !== undefined) {
    spread(turn, { root, mine });
    return data;
  }
  const into = array && { type: typeCodeOf(array), bytes: bytesOf(array) };
  const payload = spread(turn, { root, into });
  return array ?? valueOf(payload.type, payload.bytes);
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
