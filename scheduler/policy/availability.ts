/**
 * What is free over time, for one pass. In front stands the count of free cores of all nodes,
 * a lower bound on every start. For plain demands (single cores, anywhere) it is exact: at each
 * start some free cores can be found, whoever took which before. Where a reservation is to be
 * kept for any other demand, or nodes are withdrawn, every reservation is bound to nodes
 * (`bound`), and what fits is asked of each node's own timeline (search.ts).
 */
import type { ClusterView } from '../model/cluster.ts';
import type { Demand } from '../model/demand.ts';
import type { BookedShare } from '../model/lookup.ts';
import { MINUTE_MS } from '../model/time.ts';
import type { TimeMs } from '../model/time.ts';
import type { Licenses } from './licenses.ts';
import { createLicenses } from './licenses.ts';
import type { Hold } from './nodeLine.ts';
import type { Left, NodeTimes } from './nodeTimes.ts';
import { createNodeTimes } from './nodeTimes.ts';
import type { PlannedPart } from './placement.ts';
import { coresFor, ranksOn } from './placement.ts';
import type { Pool, PoolNode } from './pool.ts';
import { isAmong } from './pool.ts';
import type { Profile } from './profile.ts';
import { createProfile } from './profile.ts';
import type { CountChange } from './releases.ts';
import { releases } from './releases.ts';
import type { Room } from './shares.ts';
import { chooseShares } from './shares.ts';
import type { Withdrawal } from './withdrawals.ts';

export type Share = Room<PoolNode>;

/** Where and when a demand has room. */
export type Spot = {
  readonly startMs: number;
  /** Undefined where the count alone is planned. */
  readonly shares: readonly Share[] | undefined;
  /** What its nodes were told; with shares only. */
  readonly hold?: Hold;
  /** As they were made known. */
  readonly booked?: readonly BookedShare[];
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
  freeCores: number;
};

export type Counted = {
  readonly startMs: number;
  readonly demand: Demand;
  readonly cores: number;
};

export type AvailabilityOptions = {
  readonly pool: Pool;
  readonly bound: boolean;
  readonly withdrawn: readonly Withdrawal[];
  /** Reservations that `left` holds already, or that are counted only. */
  readonly counted: Iterable<Counted>;
  readonly left?: Left | undefined;
};

export function createAvailability(
  view: ClusterView,
  atMs: TimeMs,
  { pool, bound, withdrawn, counted, left }: AvailabilityOptions,
): Availability {
  const freeCores = pool.open().reduce((sum, node) => sum + pool.free(node).cores.length, 0);
  const more: CountChange[] = [];
  const licenses = createLicenses(view, atMs);
  for (const { startMs, demand, cores } of counted) {
    const toMs = startMs + demand.durationMs;
    more.push({ atMs: startMs, cores: -cores }, { atMs: toMs, cores });
    if (demand.request.licenses) licenses.change(demand, { fromMs: startMs, toMs }, -1);
  }
  const changes = releases(view, atMs, { absent: pool.absent, more });
  return {
    atMs,
    bound,
    pool,
    profile: createProfile(atMs, freeCores, changes),
    nodeTimes: createNodeTimes(view, atMs, { pool, withdrawn, left }),
    licenses,
    full: new Set(),
    freeCores,
  };
}

/** Holds what was found for the demand: the spot to be kept. */
export function book(at: Availability, demand: Demand, spot: Spot): Spot {
  const window = { fromMs: spot.startMs, toMs: spot.startMs + demand.durationMs };
  at.profile.change(window.fromMs, window.toMs, -coresOf(demand, spot));
  at.licenses.change(demand, window, -1);
  if (!spot.shares) return spot;
  const hold = { ...window, demand };
  at.nodeTimes.book(hold, spot.shares);
  return { ...spot, hold };
}

/** Gives back what `book` took. */
export function unbook(at: Availability, demand: Demand, spot: Spot): void {
  const window = { fromMs: spot.startMs, toMs: spot.startMs + demand.durationMs };
  at.profile.change(window.fromMs, window.toMs, coresOf(demand, spot));
  at.licenses.change(demand, window, 1);
  if (spot.hold) at.nodeTimes.unbook(spot.hold);
  at.full.clear();
}

/** How many cores it holds there. */
export const coresOf = ({ cores, request }: Demand, { shares }: Spot): number =>
  shares && request.exclusive
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
  const shares = chooseShares(demand.request, roomsNow(at, demand, window), traitsIn);
  if (!shares) return undefined;
  const spot = { startMs: at.atMs, shares };
  return at.profile.fits(coresOf(demand, spot), at.atMs, durationMs) ? spot : undefined;
}

export const traitsIn = ({ traits }: PoolNode): PoolNode['traits'] => traits;

/** Only nodes with something free; without bookings what is free now stays so. */
function roomsNow(
  at: Availability,
  demand: Demand,
  window: { readonly fromMs: number; readonly toMs: number },
): readonly Share[] {
  const { request } = demand;
  const { pool } = at;
  const asks = at.bound || Boolean(request.gres ?? request.reservation);
  const rooms: Share[] = [];
  const eligible = pool.eligible(demand);
  const room = asks ? at.nodeTimes.room(demand, window) : undefined;
  for (const node of pool.open()) {
    const { cores, memoryBytes } = pool.free(node);
    if (cores.length === 0 || !isAmong(eligible, node)) continue;
    const now = ranksOn(request, node.coreCount, { cores: cores.length, memoryBytes });
    const ranks = now > 0 && room ? room(node) : now;
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

function take(at: Availability, demand: Demand, spot: Spot): readonly PlannedPart[] {
  const hold = { fromMs: spot.startMs, toMs: spot.startMs + demand.durationMs, demand };
  const cores = coresOf(demand, spot);
  at.profile.change(hold.fromMs, hold.toMs, -cores);
  at.licenses.change(demand, hold, -1);
  at.nodeTimes.book(hold, spot.shares ?? [], { running: true });
  at.freeCores -= cores;
  return at.pool.take(demand.request, spot.shares ?? []);
}
