/**
 * One pass over the queue, for every policy. In queue order every job starts now if it can, else
 * it gets a reservation at the earliest time (the first `depth` of a lane do); what follows may
 * start only where it delays no reservation. Depth 1 is EASY (Lifka 1995; Mu'alem and Feitelson
 * 2001), no limit is conservative backfill, and a strict lane starts nothing behind a job that waits.
 *
 * Lanes that keep promises move reservations forward in queue order when something becomes free
 * early, never back (compression, Mu'alem and Feitelson 2001). A plan that the world has broken
 * (a job overran, a node went away) is made anew.
 */
import type { ClusterView } from '../model/cluster.ts';
import type { JobId } from '../model/ids.ts';
import type { Job } from '../model/job.ts';
import { MINUTE_MS, timeMs } from '../model/time.ts';
import type { TimeMs } from '../model/time.ts';
import type { Allows, Refused, Spot, Start } from './availability.ts';
import { book, mayStart, startNow, unbook } from './availability.ts';
import { candidatesFrom } from './candidates.ts';
import type { RankChoice } from '../model/rankChoice.ts';
import type { Demand } from '../model/demand.ts';
import { demandAt, demandOf, leastRanks } from '../model/demand.ts';
import { finish } from './finishPass.ts';
import { keptStarts } from './keptStarts.ts';
import type { Lane, Lanes } from './lanes.ts';
import { beginPass, isFull } from './pass.ts';
import type { Pass } from './pass.ts';
import type { Molded } from './molding.ts';
import { isMoldable, moldedNow, moldedSpot } from './molding.ts';
import type { Plan } from './plan.ts';
import type { NodeOrder } from './pool.ts';
import { markOf, mayMove } from './moves.ts';
import { earliestSpot } from './search.ts';
import { boundsFor } from './startBounds.ts';

export type QueueOptions = {
  readonly lanes: Lanes;
  readonly nodeOrder?: NodeOrder | undefined;
  /** False: without the two bounds and the index by shape, for the test that they change nothing. */
  readonly bounded?: boolean;
  /** True: reservations are bound to nodes in any case. */
  readonly bind?: boolean;
};

export function planQueue(view: ClusterView, atMs: TimeMs, options: QueueOptions): Plan {
  if (view.lookup.ready.length === 0) return { placements: [], reasons: [], unfinished: false };
  const { lanes, bounded = true, bind = false, nodeOrder } = options;
  const { queue } = lanes;
  const { planned } = view.lookup;
  const found = keptStarts(view, atMs, lanes);
  const { pass, kept } = beginPass(view, atMs, { found, lanes, bounded, bind, nodeOrder });
  const settled = !planned.stale && kept.size > 0;
  let behind: number | undefined;
  let met = 0;
  for (const [index, id] of queue.entries()) {
    const job = view.jobs.get(id);
    if (!job) continue;
    const lane = lanes.of(job);
    const held = kept.get(id);
    if (held) met += 1;
    if (lane.blocked) continue;
    if (!held && lane.reserved >= lane.depth) {
      if (!lanes.single || lane.strict) startOrBlock(pass, lane, job);
      else behind ??= index;
      if (behind !== undefined && met === kept.size) break;
      continue;
    }
    const stays = held && (isFull(pass) || (settled && held.startMs > atMs));
    if (stays) keep(pass, lane, id, held);
    else if (!isFull(pass)) planJob(pass, lane, job, held);
    if (lane.strict && pass.starts.has(id)) lane.blocked = true;
  }
  if (pass.mustBind) {
    lanes.reset();
    return planQueue(view, atMs, { ...options, bind: true });
  }
  if (behind !== undefined) startBehind(pass, { lanes, kept, from: behind });
  return finish(pass, lanes);
}

function startOrBlock(pass: Pass, lane: Lane, job: Job): void {
  if (isFull(pass)) return;
  if (!lane.strict && !mayStart(pass.at, demandOf(job.request))) return;
  if (!startTasks(pass, job) && lane.strict) lane.blocked = true;
}

/** Starts what can start now of the queue from there on. */
function startBehind(
  pass: Pass,
  {
    lanes,
    kept,
    from,
  }: { readonly lanes: Lanes; readonly kept: ReadonlyMap<JobId, Spot>; readonly from: number },
): void {
  const { view, at, bounded } = pass;
  const first = lanes.queue[from];
  if (first === undefined) return;
  if (!bounded || !lanes.sorted) {
    for (const id of lanes.queue.slice(from)) {
      const job = view.jobs.get(id);
      if (!job || kept.has(id) || !mayStart(at, demandOf(job.request))) continue;
      if (isFull(pass)) return;
      startTasks(pass, job);
    }
    return;
  }
  const candidates = candidatesFrom(view, first, (demand) => mayStart(at, demand));
  for (let id = candidates.next(); id !== undefined; id = candidates.next()) {
    const job = view.jobs.get(id);
    if (!job || kept.has(id)) continue;
    if (isFull(pass)) return;
    startTasks(pass, job);
  }
}

/** `choice`: of a moldable job; absent for a promise that stays as it is. */
function keep(pass: Pass, lane: Lane, id: JobId, spot: Spot, choice?: RankChoice): void {
  lane.reserved += 1;
  pass.unmet.delete(id);
  pass.starts.set(id, timeMs(spot.startMs));
  pass.spots.set(id, spot);
  const chosen = choice ?? pass.view.lookup.planned.choices?.get(id);
  if (chosen) pass.choices.set(id, chosen);
}

/** Moves the job's reservation to the earliest one there is now; tasks of an array in turn. */
function planJob(pass: Pass, lane: Lane, job: Job, held: Spot | undefined): void {
  const { at, atMs } = pass;
  if (!held) {
    placeTasks(pass, job, (allows) =>
      reserve(pass, lane, { job, allows, ...moldedSpot(pass, job, { allows, untilMs: Infinity }) }),
    );
    return;
  }
  if (isMoldable(job)) return moldAnew(pass, lane, job, held);
  const demand = demandOf(job.request);
  const flexible = demand.leastMs < demand.durationMs && mayStart(at, demand);
  const moved = mayMove(pass, job.id, { demand, held, flexible });
  if (!moved) return keep(pass, lane, job.id, held);
  giveUp(pass, job.id, demand, held);
  const spot = at.bound && !moved.shares ? earliestSpot(at, demand, moved.startMs) : moved;
  const same = spot.startMs >= held.startMs && held.startMs > atMs;
  if (same && !flexible) return keep(pass, lane, job.id, book(at, demand, held));
  forgetBounds(pass);
  placeTasks(pass, job, (allows) =>
    reserve(pass, lane, { job, demand, spot: same ? held : spot, allows }),
  );
}

function giveUp(pass: Pass, id: JobId, demand: Demand, held: Spot): void {
  pass.unmet.delete(id);
  pass.tried.delete(id);
  unbook(pass.at, demand, held);
}

/** The job's count of ranks is chosen anew, among those with which it starts no later than promised. */
function moldAnew(pass: Pass, lane: Lane, job: Job, held: Spot): void {
  const { at, atMs } = pass;
  const choice = pass.view.lookup.planned.choices?.get(job.id);
  const before = demandAt(job.request, choice?.ranks ?? leastRanks(job.request));
  giveUp(pass, job.id, before, held);
  forgetBounds(pass);
  placeTasks(pass, job, (allows) => {
    const found = moldedSpot(pass, job, { allows, untilMs: held.startMs });
    const { startMs } = found.spot;
    const same = startMs === held.startMs && found.demand === before && startMs > atMs;
    if (!same && startMs <= held.startMs) return reserve(pass, lane, { job, allows, ...found });
    // More ranks would have room for a part of its time only: it starts as promised.
    if (held.startMs === atMs)
      return reserve(pass, lane, {
        job,
        allows,
        demand: before,
        spot: held,
        ...(choice && { choice }),
      });
    keep(pass, lane, job.id, book(at, before, held));
    return undefined;
  });
}

/** More is free than they were found with. */
function forgetBounds(pass: Pass): void {
  if (pass.boundsUsed) pass.bounds = boundsFor(pass.view, pass);
  pass.boundsUsed = false;
}

/** Starts the job, or the tasks of its array, now or not at all; whether all of them started or were throttled. */
const startTasks = (pass: Pass, job: Job): boolean =>
  placeTasks(pass, job, (allows) => {
    const { demand, choice } = moldedNow(pass, job, allows);
    return withChoice(startNow(pass.at, demand, allows), choice);
  });

type Placed = Start & { readonly choice?: RankChoice };

const withChoice = (
  start: Start | Refused | undefined,
  choice: RankChoice | undefined,
): Placed | Refused | undefined =>
  start && choice && 'parts' in start ? { ...start, choice } : start;

function placeTasks(
  pass: Pass,
  job: Job,
  place: (allows: Allows) => Placed | Refused | undefined,
): boolean {
  const { limiter, placements, reasons } = pass;
  // What a job holds is known beforehand, but for one that wants whole nodes or is moldable.
  const known = !job.request.exclusive && !isMoldable(job);
  const allows: Allows = (cores) => known || !limiter.limited(job, cores);
  const tasks = Math.max(1, job.pendingTasks.length);
  for (let task = 0; task < tasks; task += 1) {
    let full = limiter.limited(job);
    if (!full && isFull(pass)) return false;
    const start = full ? undefined : place(allows);
    if (start && 'refusedCores' in start) full = limiter.limited(job, start.refusedCores);
    else if (start) {
      placements.push({ job: job.id, ...start });
      limiter.started(job, start.parts);
      continue;
    }
    if (full) reasons.push({ job: job.id, reason: full });
    return full !== undefined;
  }
  return true;
}

type Found = Molded & { readonly job: Job; readonly spot: Spot; readonly allows: Allows };

/** The job starts now, or holds what it needs from where there is room, or later. */
function reserve(
  pass: Pass,
  lane: Lane,
  { job, demand, choice, spot, allows }: Found,
): Placed | Refused | undefined {
  const { at, atMs } = pass;
  const mayNow = spot.startMs === atMs || demand.leastMs < demand.durationMs;
  const start = mayNow ? startNow(at, demand, allows) : undefined;
  if (start) return withChoice(start, choice);
  const later = spot.startMs === atMs ? earliestSpot(at, demand, atMs + MINUTE_MS) : spot;
  if (later.startMs === Infinity) return undefined;
  if (!at.bound && !demand.plain) pass.mustBind = true;
  keep(pass, lane, job.id, book(at, demand, later), choice);
  // It has just been looked for.
  if (at.bound && later === spot) pass.tried.set(job.id, markOf(pass));
  return undefined;
}
