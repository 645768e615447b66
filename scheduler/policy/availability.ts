/**
 * What is free over time, for one pass. In front stands the count of free cores of all nodes,
 * a lower bound on every start. For plain demands (single cores, anywhere) it is exact: at each
 * start some free cores can be found, whoever took which before. Where a reservation is to be
 * kept for any other demand, or nodes are withdrawn, every reservation is bound to nodes
 * (`bound`), and what fits is asked of each node's own timeline.
 */
import type { ClusterView } from '../model/cluster.ts';
import { MINUTE_MS } from '../model/time.ts';
import type { TimeMs } from '../model/time.ts';
import type { Demand } from '../model/demand.ts';
import type { Licenses } from './licenses.ts';
import { createLicenses } from './licenses.ts';
import type { Booking, NodeTimes, Window } from './nodeTimes.ts';
import { createNodeTimes } from './nodeTimes.ts';
import type { FreeNode, PlannedPart } from './placement.ts';
import { coresFor, ranksOn, takeShares } from './placement.ts';
import type { NodeOrder, Pool } from './pool.ts';
import { createPool } from './pool.ts';
import type { Profile } from './profile.ts';
import { createProfile } from './profile.ts';
import { releases } from './releases.ts';
import type { Room } from './shares.ts';
import { chooseShares } from './shares.ts';
import type { Withdrawal } from './withdrawals.ts';

export type Share = Room<FreeNode>;

/** Where and when a demand has room. */
export type Spot = {
  readonly startMs: number;
  /** Undefined where the count alone is planned. */
  readonly shares: readonly Share[] | undefined;
};

export type Availability = {
  readonly atMs: TimeMs;
  readonly bound: boolean;
  readonly pool: Pool;
  readonly profile: Profile;
  readonly nodeTimes: NodeTimes;
  readonly licenses: Licenses;
  /** Keys of demands that were found to have no room now; a pass only takes. */
  readonly full: Set<string>;
  readonly booked: Map<Spot, readonly Booking[]>;
  freeCores: number;
};

export type AvailabilityOptions = {
  readonly bound: boolean;
  readonly withdrawn: readonly Withdrawal[];
  readonly nodeOrder?: NodeOrder | undefined;
  /** Of plain reservations that are counted only. */
  readonly counted: readonly { readonly startMs: number; readonly demand: Demand }[];
};

export function createAvailability(
  view: ClusterView,
  atMs: TimeMs,
  { bound, withdrawn, nodeOrder, counted }: AvailabilityOptions,
): Availability {
  const pool = createPool(view, nodeOrder);
  const freeCores = pool.nodes.reduce((sum, node) => sum + node.freeCores.length, 0);
  const changes = releases(view, pool.nodes, atMs);
  for (const { startMs, demand } of counted) {
    changes.push({ atMs: startMs, cores: -demand.cores });
    changes.push({ atMs: startMs + demand.durationMs, cores: demand.cores });
  }
  if (counted.length > 0) changes.sort((a, b) => a.atMs - b.atMs);
  return {
    atMs,
    bound,
    pool,
    profile: createProfile(atMs, freeCores, changes),
    nodeTimes: createNodeTimes(view, atMs, { pool, withdrawn }),
    licenses: createLicenses(view, atMs),
    full: new Set(),
    booked: new Map(),
    freeCores,
  };
}

/** The first moment from `fromMs` on with room for the demand; Infinity when there is none. */
export function earliestSpot(at: Availability, demand: Demand, fromMs: number): Spot {
  const { cores, durationMs } = demand;
  let startMs = at.profile.earliest(cores, durationMs, fromMs);
  if (!at.bound && demand.plain) return { startMs, shares: undefined };
  while (startMs !== Infinity) {
    const tried = tryAt(at, demand, { fromMs: startMs, toMs: startMs + durationMs });
    if (tried.shares) return { startMs, shares: tried.shares };
    startMs = Number.isFinite(tried.nextMs)
      ? at.profile.earliest(cores, durationMs, tried.nextMs)
      : Infinity;
  }
  return { startMs: Infinity, shares: undefined };
}

/** The nodes for this very window, if there is room on them. */
export function spotAt(at: Availability, demand: Demand, startMs: number): Spot | undefined {
  const window = { fromMs: startMs, toMs: startMs + demand.durationMs };
  const { shares } = tryAt(at, demand, window);
  return shares && { startMs, shares };
}

type Tried =
  | { readonly shares: readonly Share[] }
  /** An earlier moment than `nextMs` has no room either. */
  | { readonly shares?: undefined; readonly nextMs: number };

function tryAt(at: Availability, demand: Demand, window: Window): Tried {
  const lackingUntil = at.licenses.lackingUntil(demand, window);
  if (lackingUntil !== undefined) return { nextMs: lackingUntil };
  const rooms: Share[] = [];
  const gains: { readonly untilMs: number; readonly ranks: number }[] = [];
  let found = 0;
  for (const node of at.pool.eligible(demand)) {
    const { value: ranks, untilMs } = at.nodeTimes.room(node, demand, window);
    if (ranks > 0) rooms.push({ node, ranks });
    found += ranks;
    const more = at.nodeTimes.whole(node, demand) - ranks;
    if (more > 0 && untilMs !== Infinity) gains.push({ untilMs, ranks: more });
  }
  const shares = chooseShares(demand.request, rooms, at.pool.traits);
  if (shares) return { shares };
  gains.sort((a, b) => a.untilMs - b.untilMs);
  for (const { untilMs, ranks } of gains) {
    found += ranks;
    if (found >= demand.request.ranks) return { nextMs: untilMs };
  }
  return { nextMs: Infinity };
}

/** Holds the spot for the demand. */
export function book(at: Availability, demand: Demand, spot: Spot): void {
  const window = { fromMs: spot.startMs, toMs: spot.startMs + demand.durationMs };
  at.profile.change(window.fromMs, window.toMs, -coresOf(demand, spot));
  at.licenses.change(demand, window, -1);
  if (!spot.shares) return;
  const bookings = spot.shares.map(({ ranks }) => ({ ...window, demand, ranks }));
  for (const [index, { node }] of spot.shares.entries()) {
    const booking = bookings[index];
    if (booking) at.nodeTimes.book(node, booking);
  }
  at.booked.set(spot, bookings);
}

/** Gives back what `book` took. */
export function unbook(at: Availability, demand: Demand, spot: Spot): void {
  const window = { fromMs: spot.startMs, toMs: spot.startMs + demand.durationMs };
  at.profile.change(window.fromMs, window.toMs, coresOf(demand, spot));
  at.licenses.change(demand, window, 1);
  const bookings = at.booked.get(spot) ?? [];
  for (const [index, { node }] of (spot.shares ?? []).entries()) {
    const booking = bookings[index];
    if (booking) at.nodeTimes.unbook(node, booking);
  }
  at.booked.delete(spot);
  at.full.clear();
}

const coresOf = ({ cores, request }: Demand, { shares }: Spot): number =>
  shares
    ? shares.reduce((sum, { node, ranks }) => sum + coresFor(request, node.coreCount, ranks), 0)
    : cores;

/** By the count alone, and by what was found before: false means no. */
export function mayStart(at: Availability, demand: Demand): boolean {
  if (demand.cores > at.freeCores || at.full.has(demand.key)) return false;
  return at.profile.fits(demand.cores, at.atMs, demand.leastMs);
}

/** Whether it could start now: what is taken afterwards is what `startNow` takes. */
export const fitsNow = (at: Availability, demand: Demand): boolean =>
  mayStart(at, demand) && spotNow(at, demand, demand.leastMs) !== undefined;

export type Start = { readonly parts: readonly PlannedPart[]; readonly limitMs?: number };
/** There is room, but on nodes of so many cores, which it may not hold. */
export type Refused = { readonly refusedCores: number };

/** Whether a job may hold so many cores. */
export type Allows = (cores: number) => boolean;

/** Takes what the demand needs from now on; nothing is taken when it has no room (undefined) or is refused. */
export function startNow(
  at: Availability,
  demand: Demand,
  allows: Allows,
): Start | Refused | undefined {
  if (!mayStart(at, demand)) return undefined;
  const spot = spotNow(at, demand, demand.durationMs);
  const found = spot ? { spot, durationMs: demand.durationMs } : shortened(at, demand);
  if (!found) {
    at.full.add(demand.key);
    return undefined;
  }
  const cores = coresOf(demand, found.spot);
  if (!allows(cores)) return { refusedCores: cores };
  const { durationMs } = found;
  const parts = take(at, spot ? demand : { ...demand, durationMs }, found.spot);
  return spot ? { parts } : { parts, limitMs: durationMs };
}

function spotNow(at: Availability, demand: Demand, durationMs: number): Spot | undefined {
  const window = { fromMs: at.atMs, toMs: at.atMs + durationMs };
  if (!at.profile.fits(demand.cores, at.atMs, durationMs)) return undefined;
  if (at.licenses.lackingUntil(demand, window) !== undefined) return undefined;
  const shares = chooseShares(demand.request, roomsNow(at, demand, window), at.pool.traits);
  if (!shares) return undefined;
  const spot = { startMs: at.atMs, shares };
  return at.profile.fits(coresOf(demand, spot), at.atMs, durationMs) ? spot : undefined;
}

/** Only nodes with something free; without bookings what is free now stays so. */
function roomsNow(at: Availability, demand: Demand, window: Window): readonly Share[] {
  const { request } = demand;
  const asks = at.bound || Boolean(request.gres ?? request.reservation);
  const rooms: Share[] = [];
  for (const node of at.pool.eligible(demand)) {
    if (node.freeCores.length === 0) continue;
    const free = { cores: node.freeCores.length, memoryBytes: node.freeMemoryBytes };
    const now = ranksOn(request, node.coreCount, free);
    const ranks = now > 0 && asks ? at.nodeTimes.room(node, demand, window).value : now;
    if (ranks > 0) rooms.push({ node, ranks });
    if (demand.plain && ranks >= request.ranks) break;
  }
  return rooms;
}

/** With the longest limit that has room now, in whole minutes, but no less than the least it asks for. */
function shortened(
  at: Availability,
  demand: Demand,
): { readonly spot: Spot; readonly durationMs: number } | undefined {
  if (demand.leastMs >= demand.durationMs) return undefined;
  let least = demand.leastMs;
  let spot = spotNow(at, demand, least);
  if (!spot) return undefined;
  let steps = 1;
  while (least + steps * MINUTE_MS < demand.durationMs && steps < LONGEST_MINUTES) {
    const longer = spotNow(at, demand, least + steps * MINUTE_MS);
    if (!longer) break;
    spot = longer;
    least += steps * MINUTE_MS;
    steps *= 2;
  }
  for (; steps >= 1; steps = Math.floor(steps / 2)) {
    if (least + steps * MINUTE_MS >= demand.durationMs) continue;
    const longer = spotNow(at, demand, least + steps * MINUTE_MS);
    if (!longer) continue;
    spot = longer;
    least += steps * MINUTE_MS;
  }
  return { spot, durationMs: least };
}

const LONGEST_MINUTES = 2 ** 24;

/** What a placement of this moment has taken. */
export function retake(at: Availability, demand: Demand, parts: readonly PlannedPart[]): void {
  const shares = parts.flatMap(({ node: name, ranks }) => {
    const node = at.pool.byName.get(name);
    return node ? [{ node, ranks }] : [];
  });
  take(at, demand, { startMs: at.atMs, shares });
}

function take(at: Availability, demand: Demand, spot: Spot): readonly PlannedPart[] {
  book(at, demand, spot);
  at.freeCores -= coresOf(demand, spot);
  return takeShares(demand.request, spot.shares ?? []);
}
