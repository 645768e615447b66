/**
 * Conservative backfill: every waiting job has a reservation, and keeps it. A new job gets
 * the earliest one that delays no other; when something becomes free early, the reservations
 * are moved forward in queue order, never back (compression, Mu'alem and Feitelson 2001).
 * A plan that the world has broken (a job overran, a node went away) is made anew.
 *
 * With a depth only the first so many waiting jobs have reservations, and those behind them
 * start when they can now without delaying one.
 */
import type { ClusterView } from '../model/cluster.ts';
import type { JobId } from '../model/ids.ts';
import type { Job } from '../model/job.ts';
import type { PendingReason } from '../model/reason.ts';
import { MINUTE_MS, timeMs } from '../model/time.ts';
import type { TimeMs } from '../model/time.ts';
import type { Shape } from './candidates.ts';
import { candidatesAfter, shapeOf } from './candidates.ts';
import type { FreeNode, PlannedPart } from './placement.ts';
import { freeNodes, placeRanks } from './placement.ts';
import type { Placement, Plan } from './plan.ts';
import type { Profile } from './profile.ts';
import { createProfile } from './profile.ts';
import { positionOf } from './queueOrder.ts';
import { blockingReason, priorityReason } from './reason.ts';
import { releases } from './releases.ts';
import type { StartBounds } from './startBounds.ts';
import { createStartBounds } from './startBounds.ts';
import { arrayOf, throttled } from './throttle.ts';

/** A pass starts at most this many jobs; the rest start in the pass that follows at once. */
const PASS_LIMIT = 256;

type Pass = {
  readonly view: ClusterView;
  readonly atMs: TimeMs;
  readonly nodes: readonly FreeNode[];
  readonly profile: Profile;
  readonly starts: Map<JobId, TimeMs>;
  readonly placements: Placement[];
  readonly reasons: { job: JobId; reason: PendingReason }[];
  readonly startedTasks: Map<JobId, number>;
  /** Hold while capacity is only taken away; begun anew when a reservation moves. */
  bounds: StartBounds;
  boundsUsed: boolean;
  readonly bounded: boolean;
  freeCores: number;
};

export type ConservativeOptions = {
  /** How many waiting jobs get a reservation; Infinity is conservative backfill proper. */
  readonly depth: number;
  /** False: without the two bounds and the index by shape, for the test that they change nothing. */
  readonly bounded?: boolean;
};

export function planConservative(
  view: ClusterView,
  atMs: TimeMs,
  { depth, bounded = true }: ConservativeOptions,
): Plan {
  const { planned, ready, unseen } = view.lookup;
  if (ready.length === 0) return { placements: [], reasons: [], unfinished: false };
  const kept = keptStarts(view, atMs);
  const pass = beginPass(view, atMs, kept, bounded);
  const settled = !planned.stale && kept.size > 0;
  let unfinished = false;
  let met = 0;
  for (const id of ready) {
    const start = kept.get(id);
    if (start === undefined && pass.starts.size >= depth) {
      if (met === kept.size) return finish(pass, startBehind(pass, id) || unfinished);
      continue;
    }
    if (start !== undefined) met += 1;
    if (pass.placements.length >= PASS_LIMIT) {
      unfinished = true;
      if (start !== undefined) pass.starts.set(id, start);
      continue;
    }
    if (settled && start !== undefined && start > atMs && !unseen.has(id)) {
      pass.starts.set(id, start);
      continue;
    }
    const job = view.jobs.get(id);
    if (job) planJob(pass, job, start);
  }
  return finish(pass, unfinished);
}

/** The promises of the last pass, unless one is overdue: then all are made anew. */
function keptStarts(view: ClusterView, atMs: TimeMs): ReadonlyMap<JobId, TimeMs> {
  const { planned, ready } = view.lookup;
  const kept = new Map<JobId, TimeMs>();
  for (const [id, start] of planned.starts) {
    const job = view.jobs.get(id);
    if (!job || ready[positionOf(ready, id)] !== id) continue;
    if (start < atMs) return new Map();
    if (job.pendingTasks.length === 0) kept.set(id, start);
  }
  return kept;
}

/** Starts what can start now of the job and all behind it; whether the pass met its bound. */
function startBehind(pass: Pass, from: JobId): boolean {
  const { view, atMs, profile, bounded } = pass;
  const hasRoom = ({ cores, durationMs }: Shape): boolean =>
    cores <= pass.freeCores && profile.fits(cores, atMs, durationMs);
  if (!bounded) {
    for (const id of view.lookup.ready) {
      const job = view.jobs.get(id);
      if (!job || id < from || !hasRoom(shapeOf(job.request))) continue;
      if (pass.placements.length >= PASS_LIMIT) return true;
      startTasks(pass, job);
    }
    return false;
  }
  const candidates = candidatesAfter(view, from - 1, hasRoom);
  for (let id = candidates.next(); id !== undefined; id = candidates.next()) {
    if (pass.placements.length >= PASS_LIMIT) return true;
    const job = view.jobs.get(id);
    if (job) startTasks(pass, job);
  }
  return false;
}

function beginPass(
  view: ClusterView,
  atMs: TimeMs,
  kept: ReadonlyMap<JobId, TimeMs>,
  bounded: boolean,
): Pass {
  const nodes = freeNodes(view);
  const freeCores = nodes.reduce((sum, node) => sum + node.freeCores.length, 0);
  const changes = releases(view, nodes, atMs);
  for (const [id, start] of kept) {
    const job = view.jobs.get(id);
    if (!job) continue;
    changes.push({ atMs: start, cores: -coresOf(job) });
    changes.push({ atMs: start + durationOf(job), cores: coresOf(job) });
  }
  if (kept.size > 0) changes.sort((a, b) => a.atMs - b.atMs);
  const profile = createProfile(atMs, freeCores, changes);
  return {
    view,
    atMs,
    nodes,
    profile,
    starts: new Map(),
    placements: [],
    reasons: [],
    startedTasks: new Map(),
    bounds: createStartBounds(bounded),
    boundsUsed: false,
    bounded,
    freeCores,
  };
}

const coresOf = (job: Job): number => job.request.ranks * job.request.coresPerRank;
const durationOf = (job: Job): number => job.request.timeLimitMs || Infinity;

/** Moves the job's reservation to the earliest one there is now; tasks of an array in turn. */
function planJob(pass: Pass, job: Job, kept: TimeMs | undefined): void {
  if (kept === undefined) return placeTasks(pass, job, planOne);
  const { profile, atMs } = pass;
  const { cores, durationMs } = shapeOf(job.request);
  const moved = profile.earlier(cores, durationMs, atMs, kept);
  if (moved === undefined && kept > atMs) {
    pass.starts.set(job.id, kept);
    return;
  }
  profile.change(kept, kept + durationMs, cores);
  if (pass.boundsUsed) pass.bounds = createStartBounds(pass.bounded);
  pass.boundsUsed = false;
  placeTasks(pass, job, () => reserve(pass, job, moved ?? atMs));
}

/** Starts the job, or the tasks of its array, now or not at all. */
const startTasks = (pass: Pass, job: Job): void => placeTasks(pass, job, startOne);

type Place = (pass: Pass, job: Job) => PlannedPart[] | undefined;

function placeTasks(pass: Pass, job: Job, place: Place): void {
  const tasks = Math.max(1, job.pendingTasks.length);
  for (let task = 0; task < tasks; task += 1) {
    const full = throttled(pass.view, job, pass.startedTasks);
    if (full) {
      pass.reasons.push({ job: job.id, reason: full });
      return;
    }
    if (pass.placements.length >= PASS_LIMIT) return;
    const parts = place(pass, job);
    if (!parts) return;
    pass.placements.push({ job: job.id, parts });
    const array = arrayOf(job);
    if (array !== undefined) pass.startedTasks.set(array, (pass.startedTasks.get(array) ?? 0) + 1);
  }
}

function startOne(pass: Pass, job: Job): PlannedPart[] | undefined {
  const { profile, atMs } = pass;
  const { cores, durationMs } = shapeOf(job.request);
  if (cores > pass.freeCores || !profile.fits(cores, atMs, durationMs)) return undefined;
  const parts = placeRanks(job.request, pass.nodes);
  if (!parts) return undefined;
  profile.change(atMs, atMs + durationMs, -cores);
  pass.freeCores -= cores;
  return parts;
}

function planOne(pass: Pass, job: Job): PlannedPart[] | undefined {
  const { profile, atMs, bounds } = pass;
  const { cores, durationMs } = shapeOf(job.request);
  const startMs = profile.earliest(cores, durationMs, bounds.earliest(cores, durationMs, atMs));
  bounds.found(cores, durationMs, startMs);
  pass.boundsUsed = true;
  return reserve(pass, job, startMs);
}

/** The job starts now, or holds what it needs from `startMs`, where there is room, or later. */
function reserve(pass: Pass, job: Job, startMs: number): PlannedPart[] | undefined {
  const { profile, atMs } = pass;
  const { cores, durationMs } = shapeOf(job.request);
  const parts = startMs === atMs ? startOne(pass, job) : undefined;
  if (parts) return parts;
  const heldMs = startMs === atMs ? profile.earliest(cores, durationMs, atMs + MINUTE_MS) : startMs;
  if (heldMs === Infinity) return undefined;
  profile.change(heldMs, heldMs + durationMs, -cores);
  pass.starts.set(job.id, timeMs(heldMs));
  return undefined;
}

function finish(pass: Pass, unfinished: boolean): Plan {
  const { view, placements, reasons, starts } = pass;
  const placed = new Set(placements.map(({ job }) => job));
  const first = view.lookup.ready.find((id) => !placed.has(id));
  const head = first === undefined ? undefined : view.jobs.get(first);
  if (first !== undefined && head) {
    if (!reasons.some(({ job }) => job === first)) {
      reasons.push({ job: first, reason: blockingReason(view, head.request, pass.nodes) });
    }
    for (const id of view.lookup.unseen) {
      if (id > first) reasons.push({ job: id, reason: priorityReason(view, id, first) });
    }
  }
  return { placements, reasons, starts, unfinished };
}
