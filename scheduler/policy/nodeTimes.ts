/**
 * What every single node has free over time: its running parts give back at their limits, and
 * bookings take. A node's timeline is made when first asked for, since most passes ask for few.
 */
import type { ClusterView } from '../model/cluster.ts';
import type { NodeName } from '../model/ids.ts';
import type { TimeMs } from '../model/time.ts';
import type { Demand } from '../model/demand.ts';
import type { FreeNode } from './placement.ts';
import { coresFor, ranksOn } from './placement.ts';
import type { Pool } from './pool.ts';
import { partEndMs } from './releases.ts';
import type { Least, Timeline } from './timeline.ts';
import { change, createTimeline, leastOf } from './timeline.ts';
import type { Withdrawal } from './withdrawals.ts';

export type Window = { readonly fromMs: number; readonly toMs: number };
export type Booking = Window & {
  readonly demand: Demand;
  readonly ranks: number;
};

export type NodeTimes = {
  /** How many ranks fit all through the window, and until when an earlier start gains nothing. */
  room(node: FreeNode, demand: Demand, window: Window): Least;
  /** Whether a reservation of the cluster keeps the demand from the node at some time of the window. */
  closed(node: FreeNode, demand: Demand, window: Window): boolean;
  /** As many as it would hold if it were idle. */
  whole(node: FreeNode, demand: Demand): number;
  book(node: FreeNode, booking: Booking): void;
  /** `booking` must be one that was booked. */
  unbook(node: FreeNode, booking: Booking): void;
};

export function createNodeTimes(
  view: ClusterView,
  atMs: TimeMs,
  { pool, withdrawn }: { readonly pool: Pool; readonly withdrawn: readonly Withdrawal[] },
): NodeTimes {
  const waiting = new Map<FreeNode, Booking[]>();
  const timelines = new Map<FreeNode, Timeline>();
  const away = byNode(withdrawn);
  const timelineOf = (node: FreeNode): Timeline => {
    const before = timelines.get(node);
    if (before) return before;
    const timeline = running(view, atMs, { pool, node });
    for (const booking of waiting.get(node) ?? []) changeBy(pool, timeline, node, booking, -1);
    waiting.delete(node);
    timelines.set(node, timeline);
    return timeline;
  };
  return {
    room: (node, demand, window) => {
      const closed = closedUntil(away.get(node.name), demand, window);
      if (closed !== undefined) return { value: 0, untilMs: closed };
      return leastOf(timelineOf(node), window, (free) => ranksAt(pool, node, demand, free));
    },
    closed: (node, demand, window) =>
      closedUntil(away.get(node.name), demand, window) !== undefined,
    whole: (node, demand) => {
      const { coreCount, memoryBytes } = node;
      return ranksOn(demand.request, coreCount, { cores: coreCount, memoryBytes });
    },
    book: (node, booking) => {
      const timeline = timelines.get(node);
      if (timeline) return changeBy(pool, timeline, node, booking, -1);
      const before = waiting.get(node);
      if (before) before.push(booking);
      else waiting.set(node, [booking]);
    },
    unbook: (node, booking) => {
      const timeline = timelines.get(node);
      if (timeline) return changeBy(pool, timeline, node, booking, 1);
      const before = waiting.get(node) ?? [];
      before.splice(before.indexOf(booking), 1);
    },
  };
}

/** Cores, memory, and the node's generic resources in their order. */
function ranksAt(pool: Pool, node: FreeNode, demand: Demand, free: readonly number[]): number {
  const { request } = demand;
  if (request.gres) {
    for (const [at, { name }] of pool.gres(node).entries()) {
      const wanted = request.gres.find((one) => one.name === name)?.count ?? 0;
      if ((free[at + 2] ?? 0) < wanted) return 0;
    }
  }
  return Math.max(
    0,
    ranksOn(request, node.coreCount, { cores: free[0] ?? 0, memoryBytes: free[1] ?? 0 }),
  );
}

function changeBy(
  pool: Pool,
  timeline: Timeline,
  node: FreeNode,
  booking: Booking,
  sign: 1 | -1,
): void {
  const { demand, ranks, fromMs, toMs } = booking;
  const { request } = demand;
  const delta = [
    sign * coresFor(request, node.coreCount, ranks),
    sign * ranks * request.memoryPerRankBytes,
    ...pool
      .gres(node)
      .map(({ name }) => sign * (request.gres?.find((one) => one.name === name)?.count ?? 0)),
  ];
  change(timeline, { fromMs, toMs, delta });
}

/** Without any booking: what its running parts leave, and give back. */
function running(
  view: ClusterView,
  atMs: TimeMs,
  { pool, node }: { readonly pool: Pool; readonly node: FreeNode },
): Timeline {
  const holding = view.lookup.holdings.get(node.name);
  const gres = pool.gres(node);
  const free = [holding?.freeCores.length ?? 0, holding?.freeMemoryBytes ?? 0];
  const left = gres.map(({ count }) => count);
  const back: { readonly fromMs: number; readonly delta: readonly number[] }[] = [];
  for (const { job: id, part: index } of holding?.parts.values() ?? []) {
    const job = view.jobs.get(id);
    if (job?.state.kind !== 'active') continue;
    const part = job.state.attempt.parts[index];
    if (!part) continue;
    const counts = gres.map(
      ({ name }) => job.request.gres?.find((one) => one.name === name)?.count ?? 0,
    );
    for (const [at, count] of counts.entries()) left[at] = (left[at] ?? 0) - count;
    const endMs = partEndMs(job, part, atMs);
    const delta = [part.cores.length, part.memoryBytes, ...counts];
    if (endMs !== Infinity) back.push({ fromMs: endMs, delta });
  }
  const timeline = createTimeline(atMs, [...free, ...left]);
  for (const { fromMs, delta } of back) change(timeline, { fromMs, toMs: Infinity, delta });
  return timeline;
}

function byNode(withdrawn: readonly Withdrawal[]): ReadonlyMap<NodeName, readonly Withdrawal[]> {
  const found = new Map<NodeName, Withdrawal[]>();
  for (const one of withdrawn) {
    const before = found.get(one.node);
    if (before) before.push(one);
    else found.set(one.node, [one]);
  }
  return found;
}

/** Maintenance takes nodes from the users of other reservations too. */
const isOver = (one: Withdrawal, reservation: string): boolean =>
  one.maintenance && one.reservation !== reservation;

/** Until when a job that began then could not use the node for reasons of reservations. */
function closedUntil(
  withdrawn: readonly Withdrawal[] | undefined,
  { request: { reservation } }: Demand,
  { fromMs, toMs }: Window,
): number | undefined {
  const ends = (withdrawn ?? [])
    .filter((one) => one.fromMs < toMs && one.toMs > fromMs)
    .filter((one) => reservation === undefined || isOver(one, reservation))
    .map((one) => one.toMs);
  if (ends.length > 0 || reservation === undefined)
    return ends.length > 0 ? Math.max(...ends) : undefined;
  const own = (withdrawn ?? []).filter((one) => one.reservation === reservation);
  if (own.some((one) => one.fromMs <= fromMs && one.toMs >= toMs)) return undefined;
  return Math.min(Infinity, ...own.map((one) => one.fromMs).filter((begin) => begin > fromMs));
}
