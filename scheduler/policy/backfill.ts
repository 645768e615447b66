/**
 * Backfill over the whole queue. In queue order every job starts now if it can, else it gets
 * a reservation at the earliest time (the first `depth` of them do); what follows may start
 * only where it delays no reservation. Depth 1 is EASY (Lifka 1995; Mu'alem and Feitelson
 * 2001), no limit is conservative backfill.
 *
 * Times are planned on the count of free cores of all nodes that take work, exact for a flat
 * pool; a start also needs real room on the nodes (cores and memory).
 */
import type { ClusterView } from '../model/cluster.ts';
import type { JobId } from '../model/ids.ts';
import type { Job } from '../model/job.ts';
import type { PendingReason } from '../model/reason.ts';
import { MINUTE_MS } from '../model/time.ts';
import type { TimeMs } from '../model/time.ts';
import type { FreeNode, PlannedPart } from './placement.ts';
import { freeNodes, placeRanks } from './placement.ts';
import type { Placement, Plan } from './plan.ts';
import type { Profile } from './profile.ts';
import { createProfile } from './profile.ts';
import { blockingReason, priorityReason } from './reason.ts';
import { releases } from './releases.ts';
import type { StartBounds } from './startBounds.ts';
import { createStartBounds } from './startBounds.ts';
import { arrayOf, throttled } from './throttle.ts';

/** A pass starts at most this many jobs; the rest start in the pass that follows at once. */
const PASS_LIMIT = 256;

export type BackfillOptions = {
  /** How many waiting jobs get a reservation. */
  readonly depth: number;
  /** Absent: first come, first served. */
  readonly order?: (view: ClusterView, atMs: TimeMs) => readonly JobId[];
  /** False: without the two bounds, for the test that they change nothing. */
  readonly bounded?: boolean;
};

type Pass = {
  readonly view: ClusterView;
  readonly atMs: TimeMs;
  readonly depth: number;
  readonly nodes: readonly FreeNode[];
  readonly profile: Profile;
  readonly bounds: StartBounds;
  readonly placements: Placement[];
  readonly reasons: { job: JobId; reason: PendingReason }[];
  /** Tasks started in this pass, by array. */
  readonly started: Map<JobId, number>;
  freeCores: number;
  reservations: number;
  first: JobId | undefined;
};

export function planBackfill(view: ClusterView, atMs: TimeMs, options: BackfillOptions): Plan {
  const pass = beginPass(view, atMs, options);
  for (const id of options.order?.(view, atMs) ?? view.lookup.ready) {
    if (pass.freeCores === 0 && pass.first !== undefined) break;
    const job = view.jobs.get(id);
    if (job && cannotStart(pass, job)) continue;
    if (job && planTasks(pass, job) === 'bound') return finish(pass, true);
  }
  return finish(pass, false);
}

/** Seen at a glance, for the many: no reservation is left for it, and too little is free now. */
function cannotStart(pass: Pass, job: Job): boolean {
  if (pass.first === undefined || pass.reservations < pass.depth) return false;
  const { ranks, coresPerRank, timeLimitMs } = job.request;
  const cores = ranks * coresPerRank;
  if (cores > pass.freeCores) return true;
  return pass.bounds.earliest(cores, timeLimitMs || Infinity, pass.atMs) > pass.atMs;
}

function beginPass(view: ClusterView, atMs: TimeMs, options: BackfillOptions): Pass {
  const nodes = view.lookup.ready.length > 0 ? freeNodes(view) : [];
  const freeCores = nodes.reduce((sum, node) => sum + node.freeCores.length, 0);
  return {
    view,
    atMs,
    depth: options.depth,
    nodes,
    profile: createProfile(atMs, freeCores, freeCores > 0 ? releases(view, nodes, atMs) : []),
    bounds: createStartBounds(options.bounded ?? true),
    placements: [],
    reasons: [],
    started: new Map(),
    freeCores,
    reservations: 0,
    first: undefined,
  };
}

function planTasks(pass: Pass, job: Job): 'bound' | undefined {
  const tasks = Math.max(1, job.pendingTasks.length);
  for (let task = 0; task < tasks; task += 1) {
    const full = throttled(pass.view, job, pass.started);
    if (full) {
      pass.reasons.push({ job: job.id, reason: full });
      return undefined;
    }
    if (pass.placements.length === PASS_LIMIT) return 'bound';
    const parts = planOne(pass, job);
    if (!parts) {
      wait(pass, job);
      if (pass.freeCores === 0 || pass.reservations > pass.depth) return undefined;
      continue;
    }
    pass.placements.push({ job: job.id, parts });
    const array = arrayOf(job);
    if (array !== undefined) pass.started.set(array, (pass.started.get(array) ?? 0) + 1);
  }
  return undefined;
}

/** Starts the job now, or reserves for it while there is depth. */
function planOne(pass: Pass, job: Job): PlannedPart[] | undefined {
  const { profile, atMs, bounds } = pass;
  const cores = job.request.ranks * job.request.coresPerRank;
  const durationMs = job.request.timeLimitMs === 0 ? Infinity : job.request.timeLimitMs;
  const reserving = pass.reservations < pass.depth;
  const bound = bounds.earliest(cores, durationMs, atMs);
  if (bound > atMs && !reserving) return undefined;
  if (!reserving) {
    const fits = cores <= pass.freeCores && profile.fits(cores, atMs, durationMs);
    if (!fits) bounds.found(cores, durationMs, atMs + 1);
    return fits ? startNow(pass, job, cores, durationMs) : undefined;
  }
  const startMs = profile.earliest(cores, durationMs, bound);
  bounds.found(cores, durationMs, startMs);
  const parts = startMs === atMs ? startNow(pass, job, cores, durationMs) : undefined;
  if (parts) return parts;
  const reservedMs =
    startMs === atMs ? profile.earliest(cores, durationMs, atMs + MINUTE_MS) : startMs;
  if (reservedMs !== Infinity) profile.change(reservedMs, reservedMs + durationMs, -cores);
  pass.reservations += 1;
  return undefined;
}

function startNow(
  pass: Pass,
  job: Job,
  cores: number,
  durationMs: number,
): PlannedPart[] | undefined {
  const parts = placeRanks(job.request, pass.nodes);
  if (!parts) return undefined;
  pass.profile.change(pass.atMs, pass.atMs + durationMs, -cores);
  pass.freeCores -= cores;
  return parts;
}

/** The head is told what it lacks, the others who is before them. */
function wait(pass: Pass, job: Job): void {
  if (pass.first === undefined) {
    pass.first = job.id;
    const reason = blockingReason(pass.view, job.request, pass.nodes);
    pass.reasons.push({ job: job.id, reason });
  }
}

function finish(pass: Pass, unfinished: boolean): Plan {
  const { view, first, placements, reasons } = pass;
  if (first !== undefined) {
    for (const id of view.lookup.unseen) {
      if (id > first) reasons.push({ job: id, reason: priorityReason(view, id, first) });
    }
  }
  return { placements, reasons, unfinished };
}
