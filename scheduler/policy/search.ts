/**
 * Where reservations that are bound to nodes have room: the earliest moment at which enough ranks
 * fit on the nodes that suit, each asked for all of the time. The count of free cores says where
 * it is worth looking, and each look says until when another would find nothing.
 */
import type { Demand } from '../model/demand.ts';
import type { Window } from '../model/reservation.ts';
import { countsOf, sameOf } from '../model/constraint.ts';
import type { Availability, Share, Spot } from './availability.ts';
import { traitsIn } from './availability.ts';
import type { Hold } from './nodeLine.ts';
import type { Gain, Needed, Own, Rooms } from './nodeTimes.ts';
import { emptySet, uniteMembers } from './nodeSet.ts';
import { coresFor } from './placement.ts';
import { chooseShares } from './shares.ts';

/** The first moment from `fromMs` on with room for the demand; Infinity when there is none. */
export function earliestSpot(at: Availability, demand: Demand, fromMs: number): Spot {
  const { cores, durationMs } = demand;
  let startMs = at.profile.earliest(cores, durationMs, fromMs);
  if (!at.bound && demand.plain) return { startMs, shares: undefined };
  while (startMs !== Infinity) {
    const tried = look(at, demand, { startMs });
    if (tried.shares) return { startMs, shares: tried.shares };
    startMs = Number.isFinite(tried.nextMs)
      ? at.profile.earliest(cores, durationMs, tried.nextMs)
      : Infinity;
  }
  return { startMs: Infinity, shares: undefined };
}

/** The nodes for this very moment, if there is room on them. */
export const spotAt = (at: Availability, demand: Demand, startMs: number): Spot | undefined => {
  const { shares } = look(at, demand, { startMs });
  return shares && { startMs, shares };
};

/**
 * Where what is held could be held earlier; what it holds itself is free to it. `gains`: all that
 * has become free since a look in vain, of which it then needs a part; undefined: anything may have.
 */
export function earlierSpot(
  at: Availability,
  demand: Demand,
  { held, gains }: { readonly held: Spot; readonly gains: readonly Gain[] | undefined },
): Spot | undefined {
  const { cores, durationMs } = demand;
  if (gains?.length === 0) return undefined;
  const own = held.hold && ownOf(demand, held.hold, held);
  const needed = gains && { nodes: emptySet(at.pool.nodes.length), nextMs: Infinity };
  let fromMs: number = at.atMs;
  for (;;) {
    const startMs = at.profile.earlier(cores, durationMs, fromMs, held.startMs);
    if (startMs === undefined) return undefined;
    if (needed) findGains(needed, gains, { fromMs: startMs, toMs: startMs + durationMs });
    const { shares, nextMs } = look(at, demand, { startMs, own, needed });
    if (shares) return { startMs, shares };
    if (!(nextMs < held.startMs)) return undefined;
    fromMs = nextMs;
  }
}

/** Which nodes gained in the window, and when the first later window begins that has others. */
function findGains(needed: Needed, gains: readonly Gain[], { fromMs, toMs }: Window): void {
  needed.nodes.fill(0);
  needed.nextMs = Infinity;
  for (let at = 0; at < gains.length; at += 1) {
    const gain = gains[at] as Gain;
    if (gain.toMs <= fromMs) continue;
    if (gain.fromMs < toMs) uniteMembers(needed.nodes, gain.nodes);
    else needed.nextMs = Math.min(needed.nextMs, gain.fromMs + 1 - (toMs - fromMs));
  }
}

/** What is held whole is known by the hold alone. */
function ownOf(demand: Demand, hold: Hold, { shares }: Spot): Own {
  const ranks = new Map<number, number>();
  for (const { node, ranks: here } of shares ?? []) {
    const cores = coresFor(demand.request, node.coreCount, here);
    if (cores < node.coreCount) ranks.set(node.index, here);
  }
  return { hold, ranks };
}

type Looking = {
  readonly startMs: number;
  readonly own?: Own | undefined;
  readonly needed?: Needed | undefined;
};

type Looked = {
  readonly shares?: readonly Share[] | undefined;
  /** An earlier moment has no room either. */
  readonly nextMs: number;
};

function look(at: Availability, demand: Demand, { startMs, own, needed }: Looking): Looked {
  const { request, durationMs } = demand;
  const { nodeTimes, pool } = at;
  const window: Window = { fromMs: startMs, toMs: startMs + durationMs };
  const lackingUntil = at.licenses.lackingUntil(demand, window);
  if (lackingUntil !== undefined) return { nextMs: lackingUntil };
  const enough = takesFirst(demand) ? request.ranks : Infinity;
  const asked = { ...window, demand, eligible: pool.eligible(demand), own, enough, needed };
  const rooms = nodeTimes.rooms(asked);
  const shares = rooms && rooms.sum >= request.ranks ? choose(at, demand, rooms) : undefined;
  if (shares) return { shares, nextMs: startMs };
  return { nextMs: nodeTimes.nextMs(asked, request.ranks) };
}

/** `enough` may have ended the look before the last node: what lies behind is not needed. */
function choose(
  { pool }: Availability,
  { request }: Demand,
  { places, ranks, count }: Rooms,
): readonly Share[] | undefined {
  const rooms: Share[] = [];
  for (let at = 0; at < count; at += 1) {
    const node = pool.nodes[places[at] ?? 0];
    if (node) rooms.push({ node, ranks: ranks[at] ?? 0 });
  }
  return chooseShares(request, rooms, traitsIn);
}

/** Whether the first node that holds all ranks is the one it gets, whichever there are besides. */
function takesFirst({ request }: Demand): boolean {
  const { nodes, nodeList, constraint, contiguous, uniform } = request;
  if (nodes || nodeList?.length || contiguous || uniform) return false;
  return !constraint || (countsOf(constraint).length === 0 && sameOf(constraint).length === 0);
}
