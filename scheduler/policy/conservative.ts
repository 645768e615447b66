/**
 * Conservative backfill: every waiting job has a reservation, and keeps it. A new job gets
 * the earliest one that delays no other; when something becomes free early, the reservations
 * are moved forward in queue order, never back (compression, Mu'alem and Feitelson 2001).
 * A plan that the world has broken (a job overran, a node went away) is made anew.
 */
import type { ClusterView } from '../model/cluster.ts';
import type { JobId } from '../model/ids.ts';
import type { Job } from '../model/job.ts';
import type { PendingReason } from '../model/reason.ts';
import { MINUTE_MS, timeMs } from '../model/time.ts';
import type { TimeMs } from '../model/time.ts';
import type { FreeNode, PlannedPart } from './placement.ts';
import { freeNodes, placeRanks } from './placement.ts';
import type { Placement, Plan } from './plan.ts';
import type { Profile } from './profile.ts';
import { createProfile } from './profile.ts';
import { blockingReason, priorityReason } from './reason.ts';
import { releases } from './releases.ts';
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
};

export function planConservative(view: ClusterView, atMs: TimeMs): Plan {
  const { planned, ready, unseen } = view.lookup;
  if (ready.length === 0) return { placements: [], reasons: [], unfinished: false };
  const kept = keptStarts(view, atMs);
  const pass = beginPass(view, atMs, kept);
  const settled = !planned.stale && kept.size > 0;
  let unfinished = false;
  for (const id of ready) {
    if (pass.placements.length >= PASS_LIMIT) {
      unfinished = true;
      const start = kept.get(id);
      if (start !== undefined) pass.starts.set(id, start);
      continue;
    }
    const start = kept.get(id);
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
  const { planned } = view.lookup;
  const kept = new Map<JobId, TimeMs>();
  for (const [id, start] of planned.starts) {
    const job = view.jobs.get(id);
    if (job?.state.kind !== 'pending') continue;
    if (start < atMs) return new Map();
    if (job.pendingTasks.length === 0) kept.set(id, start);
  }
  return kept;
}

function beginPass(view: ClusterView, atMs: TimeMs, kept: ReadonlyMap<JobId, TimeMs>): Pass {
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
  };
}

const coresOf = (job: Job): number => job.request.ranks * job.request.coresPerRank;
const durationOf = (job: Job): number => job.request.timeLimitMs || Infinity;

/** Gives up the job's reservation for the earliest one there is now; tasks of an array in turn. */
function planJob(pass: Pass, job: Job, kept: TimeMs | undefined): void {
  if (kept !== undefined) {
    const { profile, atMs } = pass;
    const moved = profile.earlier(coresOf(job), durationOf(job), atMs, kept);
    if (moved === undefined && kept > atMs) {
      pass.starts.set(job.id, kept);
      return;
    }
    profile.change(kept, kept + durationOf(job), coresOf(job));
  }
  const tasks = Math.max(1, job.pendingTasks.length);
  for (let task = 0; task < tasks; task += 1) {
    const full = throttled(pass.view, job, pass.startedTasks);
    if (full) {
      pass.reasons.push({ job: job.id, reason: full });
      return;
    }
    if (pass.placements.length >= PASS_LIMIT) return;
    const parts = planOne(pass, job);
    if (!parts) return;
    pass.placements.push({ job: job.id, parts });
    const array = arrayOf(job);
    if (array !== undefined) pass.startedTasks.set(array, (pass.startedTasks.get(array) ?? 0) + 1);
  }
}

function planOne(pass: Pass, job: Job): PlannedPart[] | undefined {
  const { profile, atMs } = pass;
  const cores = coresOf(job);
  const durationMs = durationOf(job);
  let startMs = profile.earliest(cores, durationMs, atMs);
  if (startMs === atMs) {
    const parts = placeRanks(job.request, pass.nodes);
    if (parts) {
      profile.change(atMs, atMs + durationMs, -cores);
      return parts;
    }
    startMs = profile.earliest(cores, durationMs, atMs + MINUTE_MS);
  }
  if (startMs !== Infinity) {
    profile.change(startMs, startMs + durationMs, -cores);
    pass.starts.set(job.id, timeMs(startMs));
  }
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
