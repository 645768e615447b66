/**
 * What must hold after every step (docs/protocol.md): those rules that a scheduler alone can
 * break. `apply` checks the cheap ones on every event; this checks all of them, slowly.
 */
import type { Cluster } from '../model/cluster.ts';
import { requestKey } from '../model/cluster.ts';
import { demandOf } from '../model/demand.ts';
import type { Job } from '../model/job.ts';
import { partKey } from '../model/ids.ts';
import type { LookupView } from '../model/lookup.ts';
import { restartsBefore } from '../model/restoring.ts';
import { queueOrder } from '../policy/queueOrder.ts';
import { timeMs } from '../model/time.ts';
import type { TimeMs } from '../model/time.ts';
import { clusterFrom, snapshotOf } from './snapshot.ts';

/** The broken invariants in words; empty when all is well. */
export function brokenInvariants(cluster: Cluster, atMs: TimeMs): readonly string[] {
  return [
    ...coresHeldOnce(cluster),
    ...jobsSound(cluster),
    ...requestsSound(cluster),
    ...throttlesHold(cluster),
    ...lookupTrue(cluster, atMs),
  ];
}

/** 1: no core and no byte of memory is allocated twice; parts carry their node's epoch. */
function coresHeldOnce(cluster: Cluster): string[] {
  const broken: string[] = [];
  const holders = new Map<string, string>();
  for (const job of cluster.jobs.values()) {
    if (job.state.kind !== 'active') continue;
    const { attempt } = job.state;
    for (const [index, part] of attempt.parts.entries()) {
      if (part.state.kind === 'ended') continue;
      const key = partKey({ job: job.id, attempt: attempt.number, part: index });
      const node = cluster.nodes.get(part.node);
      if (node?.epoch !== part.epoch) broken.push(`${key} is of epoch ${part.epoch}`);
      for (const core of part.cores) {
        const holder = holders.get(`${part.node}:${core}`);
        if (holder) broken.push(`core ${core} of ${part.node}: ${holder} and ${key}`);
        holders.set(`${part.node}:${core}`, key);
      }
    }
  }
  for (const [name, holding] of cluster.lookup.holdings) {
    const offered = cluster.nodes.get(name)?.facts.memoryBytes ?? 0;
    const lowered = holding.freeMemoryBytes < 0 && offered > 0 && holding.parts.size === 0;
    if (lowered) broken.push(`${name} has ${holding.freeMemoryBytes} bytes free and no parts`);
  }
  return broken;
}

/** 3, 4, 7, 15: attempts follow each other, ranks are complete and contiguous. */
function jobsSound(cluster: Cluster): string[] {
  const broken: string[] = [];
  for (const job of cluster.jobs.values()) {
    if (job.id >= cluster.nextJobId) broken.push(`job ${job.id} is not yet given out`);
    if (!job.request.requeue && job.restarts > 0) broken.push(`job ${job.id} was rerun`);
    broken.push(...attemptSound(job), ...waitsSound(job));
  }
  return broken;
}

/** Nobody starts before what it waits for, and nobody waits for a younger job. */
function waitsSound(job: Job): string[] {
  if (!job.waitsFor) return [];
  const broken = job.state.kind === 'active' ? [`job ${job.id} runs and waits for others`] : [];
  if (job.waitsFor.terms.length === 0) broken.push(`job ${job.id} waits for nothing`);
  for (const term of job.waitsFor.terms) {
    if (term.kind !== 'singleton' && term.job >= (job.task?.array ?? job.id)) {
      broken.push(`job ${job.id} waits for the younger job ${term.job}`);
    }
  }
  return broken;
}

function attemptSound(job: Job): string[] {
  if (job.state.kind !== 'active') return [];
  const { number, parts } = job.state.attempt;
  const broken: string[] = [];
  if (restartsBefore(number) !== job.restarts) broken.push(`job ${job.id} is at attempt ${number}`);
  if (job.pendingTasks.length > 0) broken.push(`the record of array ${job.id} is active`);
  if (parts.every(({ state }) => state.kind === 'ended')) broken.push(`job ${job.id} is not over`);
  let next = 0;
  for (const part of parts) {
    if (part.firstRank !== next) broken.push(`job ${job.id} has a gap before rank ${next}`);
    next = part.firstRank + part.ranks;
    const cores = part.ranks * job.request.coresPerRank;
    const more = job.request.exclusive && part.cores.length > cores;
    if (part.cores.length !== cores && !more)
      broken.push(`job ${job.id} has ${part.cores.length} cores`);
  }
  if (next !== job.request.ranks) broken.push(`job ${job.id} has ${next} ranks`);
  return broken;
}

/** 2: one request id, one job. */
function requestsSound(cluster: Cluster): string[] {
  const broken: string[] = [];
  for (const job of cluster.jobs.values()) {
    const holder = cluster.requests.get(requestKey(job.user, job.requestId));
    const own = job.task && job.task.array !== job.id ? holder !== job.id : holder === job.id;
    if (!own) broken.push(`request ${job.requestId} leads to ${holder}, not to job ${job.id}`);
  }
  return broken;
}

/** 14: `%k` is never exceeded, and each index exists once. */
function throttlesHold(cluster: Cluster): string[] {
  const broken: string[] = [];
  const seen = new Set<string>();
  const running = new Map<number, number>();
  const limits = new Map<number, number>();
  for (const job of cluster.jobs.values()) {
    const indexes = job.task ? [job.task.index] : job.pendingTasks;
    for (const index of indexes) {
      const key = `${job.task?.array ?? job.id}_${index}`;
      if (seen.has(key)) broken.push(`task ${key} exists twice`);
      seen.add(key);
    }
    if (!job.task || job.state.kind !== 'active') continue;
    const count = (running.get(job.task.array) ?? 0) + 1;
    running.set(job.task.array, count);
    // An update may have changed it since the others began.
    const own = job.request.array?.throttle ?? Number.POSITIVE_INFINITY;
    const limit = Math.max(own, limits.get(job.task.array) ?? 0);
    limits.set(job.task.array, limit);
    if (count > limit) broken.push(`array ${job.task.array} runs more than ${limit} tasks`);
  }
  return broken;
}

/** The lookup says what a search would find. */
function lookupTrue(cluster: Cluster, atMs: TimeMs): string[] {
  const fresh = clusterFrom(cluster.settings, snapshotOf(cluster), timeMs(atMs)).lookup;
  const waiting = (lookup: LookupView) => [...lookup.ready, ...lookup.delayed].sort(ascending);
  const pairs: readonly (readonly [string, unknown, unknown])[] = [
    ['waiting jobs', waiting(cluster.lookup), waiting(fresh)],
    ['queue', cluster.lookup.ready, cluster.lookup.ready.toSorted(queueOrder(cluster))],
    ['shapes', shapesOf(cluster.lookup), readyShapes(cluster)],
    ['particular jobs', sorted(cluster.lookup.particular), sorted(particularOf(cluster))],
    ['active jobs', sorted(cluster.lookup.active), sorted(fresh.active)],
    ['deadlines', sorted(cluster.lookup.deadlines), sorted(fresh.deadlines)],
    ['dependents', dependentsOf(cluster.lookup), dependentsOf(fresh)],
    ['tasks', tasksOf(cluster.lookup), tasksOf(fresh)],
    ['active tasks', sorted(cluster.lookup.activeTasks), sorted(fresh.activeTasks)],
    ['tallies', sorted(cluster.lookup.tallies), sorted(fresh.tallies)],
    ['open nodes', sorted(cluster.lookup.open), sorted(fresh.open)],
    ['ends', cluster.lookup.ends, fresh.ends],
    ['holdings', holdingsOf(cluster.lookup), holdingsOf(fresh)],
  ];
  return pairs.flatMap(([what, kept, found]) => {
    const same = JSON.stringify(kept) === JSON.stringify(found);
    return same ? [] : [`${what}: ${JSON.stringify(kept)} instead of ${JSON.stringify(found)}`];
  });
}

const ascending = (a: number, b: number): number => a - b;
const sorted = (items: Iterable<unknown>): string[] =>
  [...items].map((item) => JSON.stringify(item)).sort();
const shapesOf = ({ shapes }: LookupView): string[] =>
  sorted([...shapes].map(([key, { jobs }]) => [key, jobs]));

/** The shapes of the ready jobs, counted anew. */
function readyShapes({ jobs, lookup }: Cluster): string[] {
  const found = new Map<string, number[]>();
  for (const id of lookup.ready) {
    const request = jobs.get(id)?.request;
    if (!request) continue;
    const { key } = demandOf(request);
    const ids = found.get(key);
    if (ids) ids.push(id);
    else found.set(key, [id]);
  }
  return sorted(found);
}

const particularOf = ({ jobs, lookup }: Cluster): number[] =>
  lookup.ready.filter((id) => {
    const request = jobs.get(id)?.request;
    return request && !demandOf(request).plain;
  });

const tasksOf = (lookup: LookupView): string[] =>
  sorted([...lookup.tasks].map(([array, tasks]) => [array, [...tasks].sort(ascending)]));
const dependentsOf = (lookup: LookupView): string[] =>
  sorted([...lookup.dependents].map(([key, jobs]) => [key, [...jobs].sort(ascending)]));
const holdingsOf = (lookup: LookupView): string[] =>
  sorted(
    [...lookup.holdings].map(([name, { freeCores, freeMemoryBytes, parts }]) => [
      name,
      freeCores,
      freeMemoryBytes,
      [...parts.keys()].sort(),
    ]),
  );
