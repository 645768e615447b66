/** The promises of the last pass, as far as they still hold. */
import type { ClusterView } from '../model/cluster.ts';
import type { JobId } from '../model/ids.ts';
import type { TimeMs } from '../model/time.ts';
import type { Availability, Counted, Share, Spot } from './availability.ts';
import { book, coresOf, unbook } from './availability.ts';
import type { BookedShare } from '../model/lookup.ts';
import type { Demand } from '../model/demand.ts';
import { demandAt, leastRanks } from '../model/demand.ts';
import type { Lanes } from './lanes.ts';
import type { Hold } from './nodeLine.ts';
import type { PassMemory } from './passMemory.ts';
import type { Withdrawal } from './withdrawals.ts';
import type { QueueOrder } from './queueOrder.ts';
import { positionIn, queueOrder, rankOrder } from './queueOrder.ts';
import { spotAt } from './search.ts';

/** A promised start; its nodes are bound later, if at all. */
export type Kept = Spot & { readonly demand: Demand; readonly cores: number };

/** None of them when one is overdue: then all are made anew. */
export function keptStarts(
  view: ClusterView,
  atMs: TimeMs,
  lanes: Lanes,
): ReadonlyMap<JobId, Kept> {
  const { planned, ready, unseen } = view.lookup;
  const kept = new Map<JobId, Kept>();
  if (!lanes.publishes) return kept;
  const order = queueOrder(view);
  const outranks = rankOrder(view);
  const first = outranks && firstUnseen(view, order);
  for (const [id, startMs] of planned.starts) {
    const job = view.jobs.get(id);
    if (!job || ready[positionIn(ready, id, order)] !== id || !lanes.of(job).keeps) continue;
    if (startMs < atMs) return new Map();
    if (unseen.has(id) || job.pendingTasks.length > 0) continue;
    if (first !== undefined && outranks && outranks(first, id) < 0) continue;
    const ranks = planned.choices?.get(id)?.ranks ?? leastRanks(job.request);
    const demand = demandAt(job.request, ranks);
    kept.set(id, { startMs, shares: undefined, demand, cores: demand.cores });
  }
  return kept;
}

/** Of the jobs that the last pass did not know the first: promises to jobs of lower rank give way to it. */
function firstUnseen(view: ClusterView, order: QueueOrder): JobId | undefined {
  let first: JobId | undefined;
  for (const id of view.lookup.unseen) if (first === undefined || order(id, first) < 0) first = id;
  return first;
}

/** Whether a reservation is to be kept for a job to which not every free core is alike. */
export function needsBinding(
  view: ClusterView,
  lanes: Lanes,
  kept: ReadonlyMap<JobId, Kept>,
): boolean {
  const { ready, particular } = view.lookup;
  if (lanes.mostReserved === 0) return false;
  if (view.settings.partitions.some(({ nodes }) => nodes !== undefined)) return true;
  if (particular.size === 0) return false;
  for (const id of kept.keys()) if (particular.has(id)) return true;
  const reserved = lanes.single && lanes.sorted ? lanes.mostReserved + kept.size : Infinity;
  if (reserved >= ready.length) return true;
  return lanes.queue.slice(0, reserved).some((id) => particular.has(id));
}

/**
 * Books what is kept on nodes: on those promised, and for promises by count alone on what is
 * there. What has no room there any more is left out.
 */
export function bindKept(
  view: ClusterView,
  at: Availability,
  kept: ReadonlyMap<JobId, Kept>,
): ReadonlyMap<JobId, Spot> {
  const { bookings } = view.lookup.planned;
  const bound = new Map<JobId, Spot>();
  const open: (readonly [JobId, Kept])[] = [];
  for (const [id, one] of kept) {
    const booked = bookings?.get(id);
    if (!booked) open.push([id, one]);
    const shares = booked && sharesOf(at, booked, one);
    if (!shares) continue;
    bound.set(id, book(at, one.demand, { startMs: one.startMs, shares, booked }));
  }
  for (const [id, { demand, startMs }] of open.sort((a, b) => a[1].startMs - b[1].startMs)) {
    const spot = spotAt(at, demand, startMs);
    if (spot) bound.set(id, book(at, demand, spot));
  }
  return bound;
}

/** Undefined when one of the nodes takes no more work, or is reserved for others by now. */
function sharesOf(
  at: Availability,
  booked: readonly BookedShare[],
  { demand, startMs }: Kept,
): readonly Share[] | undefined {
  const window = { fromMs: startMs, toMs: startMs + demand.durationMs };
  const shares: Share[] = [];
  for (const { node: name, ranks } of booked) {
    const node = at.pool.byName.get(name);
    if (!node || at.nodeTimes.closed(node, demand, window)) return undefined;
    shares.push({ node, ranks });
  }
  return shares;
}

/** As `bindKept`, of spots that an earlier pass has left booked: those that are kept no more are given up. */
export function keepBound(
  at: Availability,
  { spots }: PassMemory,
  {
    kept,
    withdrawn,
  }: { readonly kept: ReadonlyMap<JobId, Kept>; readonly withdrawn: readonly Withdrawal[] },
): ReadonlyMap<JobId, Spot> {
  const closed = closedHolds(at, withdrawn);
  const bound = new Map<JobId, Spot>();
  for (const [id, spot] of spots) {
    const { hold } = spot;
    if (!hold) continue;
    if (kept.get(id)?.demand === hold.demand && !closed.has(hold)) bound.set(id, spot);
    else unbook(at, hold.demand, spot);
  }
  return bound;
}

/** Those to which a reservation of the cluster leaves a node of theirs no more. */
function closedHolds(at: Availability, withdrawn: readonly Withdrawal[]): ReadonlySet<Hold> {
  const closed = new Set<Hold>();
  for (const name of new Set(withdrawn.map(({ node }) => node))) {
    const node = at.pool.byName.get(name);
    for (const hold of node ? at.nodeTimes.holdsOn(node) : []) {
      if (node && at.nodeTimes.closed(node, hold.demand, hold)) closed.add(hold);
    }
  }
  return closed;
}

/** What the spots take of the count. */
export const countedSpots = (spots: Iterable<Spot>): readonly Counted[] =>
  [...spots].flatMap((spot) => {
    const { startMs, hold } = spot;
    return hold ? [{ startMs, demand: hold.demand, cores: coresOf(hold.demand, spot) }] : [];
  });
