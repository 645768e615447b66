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
import type { Own } from './nodeTimes.ts';
import type { PoolNode } from './pool.ts';
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
 * Where what is held could be held earlier, at a time that touches the window; what it holds itself
 * is free to it.
 */
export function earlierSpot(
  at: Availability,
  demand: Demand,
  { held, within }: { readonly held: Spot; readonly within: Window },
): Spot | undefined {
  const { cores, durationMs } = demand;
  const own = ownOf(at, held);
  const next = (fromMs: number): number | undefined =>
    at.profile.earlier(cores, durationMs, fromMs, held.startMs);
  const untilMs = Math.min(held.startMs, within.toMs);
  let startMs = next(Math.max(at.atMs, within.fromMs - durationMs));
  while (startMs !== undefined && startMs < untilMs) {
    const { shares, nextMs } = look(at, demand, { startMs, own });
    if (shares) return { startMs, shares };
    startMs = Number.isFinite(nextMs) ? next(nextMs) : undefined;
  }
  return undefined;
}

function ownOf(at: Availability, { startMs, shares }: Spot): Own {
  const ranks = new Int32Array(at.pool.nodes.length);
  for (const share of shares ?? []) ranks[share.node.index] = share.ranks;
  return { fromMs: startMs, ranks };
}

type Looked = {
  readonly shares?: readonly Share[] | undefined;
  /** An earlier moment has no room either. */
  readonly nextMs: number;
};

function look(
  at: Availability,
  demand: Demand,
  { startMs, own }: { readonly startMs: number; readonly own?: Own },
): Looked {
  const { request, durationMs } = demand;
  const { nodeTimes, pool } = at;
  const window: Window = { fromMs: startMs, toMs: startMs + durationMs };
  const lackingUntil = at.licenses.lackingUntil(demand, window);
  if (lackingUntil !== undefined) return { nextMs: lackingUntil };
  const first = takesFirst(demand);
  const { nodes } = pool.eligible(demand);
  const { gains, rooms } = at.scratch;
  const enough = first ? request.ranks : Infinity;
  const looked = nodeTimes.rooms(nodes, { ...window, demand, own, enough }, rooms);
  let found = 0;
  for (let index = 0; index < looked; index += 1) found += rooms.ranks[index] ?? 0;
  const shares =
    found >= request.ranks ? choose(demand, nodes, { ranks: rooms.ranks, looked }) : undefined;
  if (shares) return { shares, nextMs: startMs };
  gains.clear();
  let last: PoolNode | undefined;
  let whole = 0;
  for (let index = 0; index < nodes.length; index += 1) {
    const node = nodes[index] as PoolNode;
    if (!last || node.coreCount !== last.coreCount || node.memoryBytes !== last.memoryBytes) {
      whole = nodeTimes.whole(node, demand);
      last = node;
    }
    const more = whole - (rooms.ranks[index] as number);
    if (more > 0) gains.add(rooms.untilMs[index] as number, more);
  }
  return { nextMs: gains.reach(Math.max(1, request.ranks - found)) };
}

/** `enough` may have ended the look before the last node: what lies behind is not needed. */
function choose(
  { request }: Demand,
  nodes: readonly PoolNode[],
  { ranks, looked }: { readonly ranks: Int32Array; readonly looked: number },
): readonly Share[] | undefined {
  const rooms: Share[] = [];
  for (let at = 0; at < looked; at += 1) {
    const node = nodes[at];
    const here = ranks[at] ?? 0;
    if (node && here > 0) rooms.push({ node, ranks: here });
  }
  return chooseShares(request, rooms, traitsIn);
}

/** Whether the first node that holds all ranks is the one it gets, whichever there are besides. */
function takesFirst({ request }: Demand): boolean {
  const { nodes, nodeList, constraint, contiguous, uniform } = request;
  if (nodes || nodeList?.length || contiguous || uniform) return false;
  return !constraint || (countsOf(constraint).length === 0 && sameOf(constraint).length === 0);
}
