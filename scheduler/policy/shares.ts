/**
 * Which nodes a job gets of those with room, and how many ranks on each. First fit in the order
 * of the nodes: a single node that holds all ranks, since ranks that share memory talk fastest,
 * else node after node (Slurm's block distribution). The same choice serves starts now,
 * reservations, and the question whether a request fits at all.
 */
import { countsOf, sameOf } from '../model/constraint.ts';
import type { JobRequest } from '../model/request.ts';

/** A node and how many ranks of the job it has room for, at least one. */
export type Room<N> = { readonly node: N; readonly ranks: number };

/** What the choice needs to know of a node. */
export type Traits = {
  readonly name: string;
  readonly features: ReadonlySet<string>;
  readonly switch: string | undefined;
  readonly model: string;
};

export type Asking = Pick<
  JobRequest,
  'ranks' | 'nodes' | 'nodeList' | 'constraint' | 'distribution' | 'contiguous' | 'uniform'
>;

/** Shares in the order of ranks; undefined when there is no room. */
export function chooseShares<N>(
  asking: Asking,
  rooms: readonly Room<N>[],
  traitsOf: (node: N) => Traits,
): readonly Room<N>[] | undefined {
  const alike = sharing(asking, rooms, traitsOf);
  const boards = asking.uniform
    ? alike.flatMap((some) => grouped(some, (node) => traitsOf(node).model))
    : alike;
  for (const board of boards) {
    const neighbours = asking.contiguous
      ? [...grouped(board, (node) => traitsOf(node).switch), board]
      : [board];
    for (const group of neighbours) {
      const shares = chooseAmong(asking, group, traitsOf);
      if (shares) return shares;
    }
  }
  return undefined;
}

/** Those with each of the features of which all its nodes must have one; all, if it says nothing of the kind. */
function sharing<N>(
  { constraint }: Asking,
  rooms: readonly Room<N>[],
  traitsOf: (node: N) => Traits,
): readonly (readonly Room<N>[])[] {
  const same = sameOf(constraint);
  if (same.length === 0) return [rooms];
  return same.map((feature) => rooms.filter(({ node }) => traitsOf(node).features.has(feature)));
}

/** Nodes without a key are in no group. */
function grouped<N>(
  rooms: readonly Room<N>[],
  keyOf: (node: N) => string | undefined,
): (readonly Room<N>[])[] {
  const groups = new Map<string, Room<N>[]>();
  for (const room of rooms) {
    const key = keyOf(room.node);
    if (key === undefined) continue;
    const group = groups.get(key);
    if (group) group.push(room);
    else groups.set(key, [room]);
  }
  return [...groups.values()];
}

/** In order; where too few nodes are allowed for that, the roomiest. */
function chooseAmong<N>(
  asking: Asking,
  rooms: readonly Room<N>[],
  traitsOf: (node: N) => Traits,
): readonly Room<N>[] | undefined {
  const shares = chooseInOrder(asking, rooms, traitsOf);
  if (shares || !asking.nodes) return shares;
  const roomiest = rooms.toSorted((a, b) => b.ranks - a.ranks);
  return chooseInOrder(asking, roomiest, traitsOf);
}

function chooseInOrder<N>(
  asking: Asking,
  rooms: readonly Room<N>[],
  traitsOf: (node: N) => Traits,
): readonly Room<N>[] | undefined {
  const { ranks, nodes, nodeList, constraint } = asking;
  const counted = constraint ? countsOf(constraint) : [];
  const most = nodes?.most ?? Infinity;
  const must = required({ counted, nodeList }, rooms, traitsOf);
  const least = Math.max(nodes?.least ?? 1, must?.length ?? 0);
  if (!must || least > most || rooms.length < least || least > ranks) return undefined;
  if (least === 1) {
    const single = (must.length > 0 ? must : rooms).find((room) => room.ranks >= ranks);
    if (single) return [{ node: single.node, ranks }];
  }
  const rest = must.length > 0 ? rooms.filter((room) => !must.includes(room)) : rooms;
  const filled = filledTo(ranks, { first: must, rest, least, most });
  if (!filled) return undefined;
  return nodes || asking.distribution === 'cyclic' ? even(filled, ranks) : blocks(filled, ranks);
}

type Filling<N> = {
  readonly first: readonly Room<N>[];
  readonly rest: readonly Room<N>[];
  readonly least: number;
  readonly most: number;
};

/** As few nodes of the list as hold the ranks, `first` among them; undefined when `most` hold fewer. */
function filledTo<N>(ranks: number, filling: Filling<N>): readonly Room<N>[] | undefined {
  const { first, rest, least, most } = filling;
  const taken = [...first];
  let held = first.reduce((sum, room) => sum + room.ranks, 0);
  for (const room of rest) {
    if (held >= ranks && taken.length >= least) break;
    if (taken.length === most) return undefined;
    taken.push(room);
    held += room.ranks;
  }
  return held >= ranks && taken.length >= least && taken.length <= most ? taken : undefined;
}

/** Node after node, but at least one rank for each. */
function blocks<N>(rooms: readonly Room<N>[], ranks: number): readonly Room<N>[] {
  let left = ranks;
  return rooms.map(({ node, ranks: room }, at) => {
    const here = Math.min(room, left - (rooms.length - at - 1));
    left -= here;
    return { node, ranks: here };
  });
}

/** As evenly as the rooms allow, one by one. */
function even<N>(rooms: readonly Room<N>[], ranks: number): readonly Room<N>[] {
  const counts = rooms.map(() => 0);
  for (let left = ranks; left > 0; ) {
    for (let at = 0; at < rooms.length && left > 0; at += 1) {
      const count = counts[at] ?? 0;
      if (count >= (rooms[at]?.ranks ?? 0)) continue;
      counts[at] = count + 1;
      left -= 1;
    }
  }
  return rooms.map(({ node }, at) => ({ node, ranks: counts[at] ?? 0 }));
}

type Required = {
  readonly counted: readonly Counted[];
  readonly nodeList?: readonly string[] | undefined;
};

/** The nodes that it must have, named and counted; undefined when one of them has no room. */
function required<N>(
  { counted, nodeList = [] }: Required,
  rooms: readonly Room<N>[],
  traitsOf: (node: N) => Traits,
): readonly Room<N>[] | undefined {
  if (counted.length === 0 && nodeList.length === 0) return [];
  const named = new Set(
    nodeList.length > 0 ? rooms.filter(({ node }) => nodeList.includes(traitsOf(node).name)) : [],
  );
  if (named.size < nodeList.length) return undefined;
  // Those named stand for features first, so that as few nodes as can be are needed.
  const preferred = [...named, ...rooms.filter((room) => !named.has(room))];
  const found = counted.length > 0 ? matched(counted, preferred, traitsOf) : [];
  return found && rooms.filter((room) => named.has(room) || found.includes(room));
}

type Counted = { readonly feature: string; readonly nodes: number };

/** A node of its own for every feature counted (Kuhn's augmenting paths); undefined without one. */
export function matched<N>(
  counted: readonly Counted[],
  rooms: readonly Room<N>[],
  traitsOf: (node: N) => Pick<Traits, 'features'>,
): readonly Room<N>[] | undefined {
  const wanted = counted.flatMap(({ feature, nodes }) =>
    Array.from({ length: nodes }, () => feature),
  );
  const holder = new Map<number, number>();
  const fit = (want: number, tried: Set<number>): boolean => {
    for (const [at, { node }] of rooms.entries()) {
      if (tried.has(at) || !traitsOf(node).features.has(wanted[want] ?? '')) continue;
      tried.add(at);
      const other = holder.get(at);
      if (other !== undefined && !fit(other, tried)) continue;
      holder.set(at, want);
      return true;
    }
    return false;
  };
  for (const want of wanted.keys()) if (!fit(want, new Set())) return undefined;
  return rooms.filter((_, at) => holder.has(at));
}
