/**
 * Keeps what is derived from jobs and nodes, so that no step searches the queue. Used by
 * `apply` only; `rebuildLookup` is the definition, the others are its increments
 * (invariants.ts compares the two).
 */
import type { Cluster, Settings } from '../model/cluster.ts';
import type { JobId } from '../model/ids.ts';
import { partKey } from '../model/ids.ts';
import type { Job } from '../model/job.ts';
import type { Lookup } from '../model/lookup.ts';
import type { TimeMs } from '../model/time.ts';
import { parentKeys } from '../policy/dependency.ts';
import { changeEnds, endOf } from '../policy/ends.ts';
import { holdingOf, moveEnds, refreshHolding } from './holdings.ts';
import { existing } from './invariantError.ts';
import { retally } from './tallies.ts';
import { enterQueue, leaveQueue, reorderQueue } from './queueLists.ts';

export const createLookup = (): Lookup => ({
  ready: [],
  shapes: new Map(),
  particular: new Set(),
  delayed: new Set(),
  unseen: new Set(),
  priorities: new Map(),
  prioritisedMs: undefined,
  active: new Set(),
  deadlines: new Set(),
  tasks: new Map(),
  activeTasks: new Map(),
  dependents: new Map(),
  holdings: new Map(),
  open: new Set(),
  ends: { timesMs: [], cores: [] },
  touched: new Set(),
  layout: {},
  tallies: new Map(),
  planned: NOTHING_PLANNED,
  told: new Map(),
});

const NOTHING_PLANNED = { starts: new Map(), stale: true };

/** More may be free, or wanted, than the last plan knew. */
export function outdatePlan(lookup: Lookup): void {
  if (!lookup.planned.stale) lookup.planned = { ...lookup.planned, stale: true };
}

/** What was promised may hold no longer: all is planned anew. */
export function forgetPlan(lookup: Lookup): void {
  lookup.planned = NOTHING_PLANNED;
}

/** Nodes, or who may have them when, have changed: nothing that was derived from them holds any more. */
export function renewLayout(lookup: Lookup): void {
  lookup.layout = {};
  outdatePlan(lookup);
}

/** Another order of the queue makes every promise anew. */
export function setPriorities(
  cluster: Cluster,
  { priorities, atMs }: { readonly priorities: ReadonlyMap<JobId, number>; readonly atMs: TimeMs },
): void {
  cluster.lookup.priorities = new Map(priorities);
  cluster.lookup.prioritisedMs = atMs;
  reorder(cluster);
}

/** Of jobs that no pass has looked at yet. */
export function addPriorities(cluster: Cluster, added: ReadonlyMap<JobId, number>): void {
  for (const [id, priority] of added) {
    const job = existing(cluster.jobs.get(id), `job ${id}`);
    const ready = listOf(cluster.lookup, job) === 'ready';
    if (ready) leaveQueue(cluster, job);
    cluster.lookup.priorities.set(id, priority);
    if (ready) enterQueue(cluster, job);
  }
}

/** Tiers order the queue, and nothing that was promised need hold any more. */
export function changeSettings(cluster: Cluster, settings: Settings): void {
  cluster.settings = settings;
  renewLayout(cluster.lookup);
  reorder(cluster);
  cluster.lookup.planned = NOTHING_PLANNED;
  for (const id of cluster.lookup.ready) cluster.lookup.unseen.add(id);
}

/** To be called after tiers have changed. */
export function reorder(cluster: Cluster): void {
  if (reorderQueue(cluster)) cluster.lookup.planned = NOTHING_PLANNED;
}

/** Stores the job and moves it to the list that its state asks for. */
export function putJob(cluster: Cluster, job: Job, atMs: TimeMs): void {
  const { lookup } = cluster;
  const before = cluster.jobs.get(job.id);
  const from = before ? listOf(lookup, before) : 'none';
  const to = wantedList(job, atMs);
  const stays = from === to && (to !== 'ready' || before?.request === job.request);
  if (!stays) leaveList(cluster, before, from, to);
  cluster.jobs.set(job.id, job);
  if (before) moveEnds(lookup, before, job);
  retally(lookup, before, job);
  if (job.task) enterTasks(lookup, job.id, job.task.array);
  enterDeadlines(lookup, job);
  if (before?.waitsFor) leaveParents(lookup, before);
  if (job.waitsFor) enterParents(lookup, job);
  if (stays) return;
  if (to === 'ready') enterQueue(cluster, job);
  else if (to === 'delayed') lookup.delayed.add(job.id);
  else if (to === 'active') {
    lookup.active.add(job.id);
    if (job.task) countActive(lookup, job.task.array, 1);
  }
}

/** The job leaves memory. */
export function dropJob(cluster: Cluster, id: JobId): void {
  const job = existing(cluster.jobs.get(id), `job ${id}`);
  leaveList(cluster, job, listOf(cluster.lookup, job), 'none');
  retally(cluster.lookup, job, undefined);
  if (job.task) leaveTasks(cluster.lookup, id, job.task.array);
  leaveParents(cluster.lookup, job);
  cluster.lookup.deadlines.delete(id);
  cluster.lookup.priorities.delete(id);
  cluster.lookup.told.delete(id);
  cluster.jobs.delete(id);
}

function enterDeadlines({ deadlines }: Lookup, job: Job): void {
  if (job.state.kind === 'pending' && job.request.deadlineMs !== undefined) deadlines.add(job.id);
  else deadlines.delete(job.id);
}

type List = 'none' | 'ready' | 'delayed' | 'held' | 'active';

function wantedList(job: Job, atMs: TimeMs): List {
  if (job.state.kind === 'active') return 'active';
  if (job.state.hold !== 'none' || job.waitsFor) return 'held';
  return job.state.eligibleMs > atMs ? 'delayed' : 'ready';
}

function listOf(lookup: Lookup, job: Job): List {
  if (job.state.kind === 'active') return 'active';
  if (job.state.hold !== 'none' || job.waitsFor) return 'held';
  return lookup.delayed.has(job.id) ? 'delayed' : 'ready';
}

function leaveList(cluster: Cluster, job: Job | undefined, list: List, to: List): void {
  const { lookup } = cluster;
  if (!job || list === 'none' || list === 'held') return;
  if (list === 'delayed') lookup.delayed.delete(job.id);
  else if (list === 'ready') {
    leaveQueue(cluster, job);
    if (to !== 'active') outdatePlan(lookup);
  } else {
    lookup.active.delete(job.id);
    if (job.task) countActive(lookup, job.task.array, -1);
  }
}

function enterTasks(lookup: Lookup, id: JobId, array: JobId): void {
  const tasks = lookup.tasks.get(array);
  if (tasks) tasks.add(id);
  else lookup.tasks.set(array, new Set([id]));
}

function leaveTasks(lookup: Lookup, id: JobId, array: JobId): void {
  const tasks = lookup.tasks.get(array);
  tasks?.delete(id);
  if (tasks?.size === 0) lookup.tasks.delete(array);
}

function enterParents(lookup: Lookup, job: Job): void {
  for (const key of parentKeys(job)) {
    const dependents = lookup.dependents.get(key);
    if (dependents) dependents.add(job.id);
    else lookup.dependents.set(key, new Set([job.id]));
  }
}

function leaveParents(lookup: Lookup, job: Job): void {
  for (const key of parentKeys(job)) {
    const dependents = lookup.dependents.get(key);
    dependents?.delete(job.id);
    if (dependents?.size === 0) lookup.dependents.delete(key);
  }
}

function countActive(lookup: Lookup, array: JobId, change: number): void {
  const count = (lookup.activeTasks.get(array) ?? 0) + change;
  if (count === 0) lookup.activeTasks.delete(array);
  else lookup.activeTasks.set(array, count);
}

/** Computes everything anew from the cluster's jobs and nodes. */
export function rebuildLookup(cluster: Cluster, atMs: TimeMs): void {
  const { lookup } = cluster;
  lookup.ready.length = 0;
  const maps = [
    lookup.shapes,
    lookup.particular,
    lookup.delayed,
    lookup.unseen,
    lookup.active,
    lookup.deadlines,
    lookup.tasks,
    lookup.dependents,
    lookup.told,
    lookup.open,
    lookup.touched,
  ];
  lookup.planned = NOTHING_PLANNED;
  renewLayout(lookup);
  lookup.ends.timesMs.length = 0;
  lookup.ends.cores.length = 0;
  for (const map of [...maps, lookup.activeTasks, lookup.holdings, lookup.tallies]) map.clear();
  for (const name of cluster.nodes.keys()) {
    lookup.holdings.set(name, { freeCores: [], freeMemoryBytes: 0, parts: new Map() });
  }
  const jobs = [...cluster.jobs.values()];
  cluster.jobs.clear();
  for (const job of jobs) {
    putJob(cluster, job, atMs);
    if (job.state.kind !== 'active') continue;
    const { number, parts } = job.state.attempt;
    for (const [part, one] of parts.entries()) {
      const { node, state } = one;
      if (state.kind === 'ended') continue;
      changeEnds(lookup.ends, endOf(job, one), one.cores.length);
      const id = { job: job.id, attempt: number, part };
      holdingOf(cluster, node).parts.set(partKey(id), id);
    }
  }
  for (const name of cluster.nodes.keys()) refreshHolding(cluster, name);
}
