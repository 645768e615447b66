import { ANY_COUNT } from './call.ts';
import { ANY_TYPE, UINT8, VALUE, isTypedArray, typeCodeOf } from './elementType.ts';
import type { TypedArray } from './elementType.ts';
import { begin, checkRank, expectLength, finish, raiseSizes, receive, start } from './group.ts';
import { worldRank } from './group.ts';
import type { Group, Turn } from './group.ts';
import { arrayOf, bytesOf, checkInto, valueOf } from './payload.ts';
import type { Payload } from './payload.ts';
import { planExchange } from './shared/exchange.ts';
import { offer, sharesMemory } from './shared/offer.ts';
import { resultingIn } from './shared/plan.ts';
import { remember } from './shared/repeat.ts';
import { teamOf, typeOf } from './shared/team.ts';
import { checkOverlap, cutPayloads, offsetsOf } from './pieces.ts';
import { argumentError } from './waiting.ts';

export type ScatterArguments = {
  /** On the root: a typed array, or one value per rank. Elsewhere ignored. */
  readonly data: unknown;
  readonly root: number;
  readonly into?: TypedArray | undefined;
  /** Elements per rank (scatterv); only looked at on the root. */
  readonly counts?: readonly number[] | undefined;
  readonly uneven: boolean;
};

/** The root's pieces, one to each rank: n - 1 messages straight from the root. */
export function scatter(group: Group, args: ScatterArguments): unknown {
  const { root, uneven, into } = args;
  const name = uneven ? 'scatterv' : 'scatter';
  checkRank(group, name, 'root', root);
  const size = group.members.length;
  const isRoot = group.rank === root;
  if (isRoot && uneven && (!isTypedArray(args.data) || args.counts === undefined)) {
    const rule = 'the root must give a typed array and the counts';
    throw argumentError(name, 'data', { value: args.data, rule });
  }
  const cut = isRoot ? cutPayloads(name, args.data, { size, counts: args.counts }) : undefined;
  const own = cut?.payloads[root];
  if (own !== undefined && into !== undefined && isTypedArray(args.data)) {
    const length = own.bytes.byteLength / args.data.BYTES_PER_ELEMENT;
    checkInto(name, into, { type: own.type, length });
  }
  if (isRoot) {
    const allowedAt = -root * (into?.byteLength ?? 0);
    checkOverlap(name, into, { array: args.data, allowedAt });
  }
  const turn = begin(group, {
    collective: name,
    type: cut?.type ?? (into === undefined ? ANY_TYPE : typeCodeOf(into)),
    operator: 'none',
    count: ANY_COUNT,
    root,
  });
  const array = isRoot && isTypedArray(args.data) ? args.data : undefined;
  const known = !uneven && into !== undefined && (array !== undefined || !isRoot);
  if (known && sharesMemory(turn)) return scatterHere(turn, args, { own: array, target: into });
  if (sharesMemory(turn)) {
    const whole = array && { type: typeCodeOf(array), bytes: bytesOf(array) };
    const taken = takeOffer(turn, { root, whole, into, counts: args.counts });
    if (taken !== undefined) return taken;
  }
  return scatterMessages(turn, args, cut);
}

type Cut = { readonly type: number; readonly payloads: readonly Payload[] };

/** Inside one memory, into an array that tells how long the pieces are. */
function scatterHere(
  turn: Turn,
  args: ScatterArguments,
  arrays: { readonly own: TypedArray | undefined; readonly target: TypedArray },
): unknown {
  const { group, name } = turn;
  const { own, target } = arrays;
  const { root } = args;
  const size = group.members.length;
  const team = teamOf(turn);
  const giver = team.ranks.indexOf(worldRank(group, root));
  const bytes = target.byteLength;
  const pieces = { first: giver, count: 1, skip: group.rank * bytes, bytes };
  const exchange = planExchange(turn, team, {
    own,
    target,
    offered: bytes * size,
    ...pieces,
    giver,
  });
  const plan = resultingIn<unknown>(exchange, target, () =>
    scatterMessages(turn, args, own && cutPayloads(name, own, { size, counts: undefined })),
  );
  remember(turn, { data: args.data, into: target, option: root }, plan);
  return plan.run();
}

function scatterMessages(turn: Turn, args: ScatterArguments, cut: Cut | undefined): unknown {
  const { root, into } = args;
  const own = cut?.payloads[root];
  if (cut !== undefined && own !== undefined) {
    const sends = cut.payloads.flatMap((payload, to) =>
      to === root ? [] : [start(turn, to, payload)],
    );
    finish(turn, sends);
    return placed(own.bytes.slice(), { type: own.type, into });
  }
  const target = into && { type: typeCodeOf(into), bytes: bytesOf(into) };
  const arrival = receive(turn, root, target);
  if (target !== undefined) expectLength(turn, arrival, target.bytes.byteLength);
  return into ?? valueOf(arrival.type, arrival.bytes);
}

function placed(
  bytes: Uint8Array,
  { type, into }: { readonly type: number; readonly into: TypedArray | undefined },
): unknown {
  if (type === VALUE || into === undefined) return valueOf(type, bytes);
  bytesOf(into).set(bytes);
  return into;
}

/** Inside one memory every rank copies its piece from where the root laid out the whole. */
function takeOffer(
  turn: Turn,
  args: {
    readonly root: number;
    readonly whole: Payload | undefined;
    readonly into: TypedArray | undefined;
    readonly counts: readonly number[] | undefined;
  },
): TypedArray | undefined {
  const { root, whole, into, counts } = args;
  const { rank, members } = turn.group;
  const width = whole === undefined ? 1 : arrayOf(whole.type, 0).BYTES_PER_ELEMENT;
  const share = (whole?.bytes.byteLength ?? 0) / members.length;
  const bytes = members.map((_, of) => (counts === undefined ? share : (counts[of] ?? 0) * width));
  const at = whole && offsetsOf(bytes);
  const offers = offer(turn, whole, { type: UINT8, only: root, cut: { at } });
  if (offers === undefined) return undefined;
  const piece = offers.part(root, rank);
  const type = typeOf(offers.team, root);
  const sent = piece.bytes.byteLength;
  const result = into ?? arrayOf(type, sent / arrayOf(type, 0).BYTES_PER_ELEMENT);
  if (result.byteLength !== sent) {
    raiseSizes(turn, { rank: worldRank(turn.group, root), sent, expected: result.byteLength });
  }
  // The root's result may lie in its data, which the others read until then.
  if (rank === root) offers.release();
  bytesOf(result).set(piece.bytes);
  if (rank !== root) offers.release();
  return result;
}
