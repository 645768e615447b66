/** What open parts hold of nodes, and until when; used by `apply` and lookup.ts. */
import type { Cluster } from '../model/cluster.ts';
import type { JobId, NodeName } from '../model/ids.ts';
import { partKey } from '../model/ids.ts';
import type { Job } from '../model/job.ts';
import { timeLimitOf } from '../model/job.ts';
import type { Holding, Lookup } from '../model/lookup.ts';
import type { Part } from '../model/part.ts';
import { changeEnds, endOf } from '../policy/ends.ts';
import { positionOf } from '../policy/queueOrder.ts';
import { ensure, existing } from './invariantError.ts';

export function holdingOf(cluster: Cluster, node: NodeName): Holding {
  return existing(cluster.lookup.holdings.get(node), `node ${node}`);
}

/** Takes the part's cores and memory. Errors: InvariantError when one is not free. */
export function takeCores(cluster: Cluster, job: JobId, attempt: number, index: number): void {
  const part = partOf(cluster, job, index);
  const holding = holdingOf(cluster, part.node);
  for (const core of part.cores) {
    const at = positionOf(holding.freeCores, core);
    ensure(holding.freeCores[at] === core, `core ${core} of ${part.node} is not free`);
    holding.freeCores.splice(at, 1);
  }
  holding.freeMemoryBytes -= part.memoryBytes;
  const id = { job, attempt, part: index };
  holding.parts.set(partKey(id), id);
  countEnd(cluster, job, index, 1);
  noteFree(cluster, part.node);
}

/** Gives them back, once. Errors: InvariantError when the part held nothing. */
export function releaseCores(cluster: Cluster, job: JobId, attempt: number, index: number): void {
  const part = partOf(cluster, job, index);
  const holding = holdingOf(cluster, part.node);
  const key = partKey({ job, attempt, part: index });
  ensure(holding.parts.delete(key), `part ${key} holds nothing`);
  countEnd(cluster, job, index, -1);
  refreshHolding(cluster, part.node);
}

function partOf(cluster: Cluster, job: JobId, index: number): Part {
  const state = existing(cluster.jobs.get(job), `job ${job}`).state;
  ensure(state.kind === 'active', `job ${job} holds no allocation`);
  return existing(state.attempt.parts[index], `part ${index} of job ${job}`);
}

/** Recounts what the node's open parts leave free of what it offers now. */
export function refreshHolding(cluster: Cluster, name: NodeName): void {
  const { facts } = existing(cluster.nodes.get(name), `node ${name}`);
  const holding = holdingOf(cluster, name);
  const held = new Set<number>();
  let memoryBytes = 0;
  for (const id of holding.parts.values()) {
    const part = partOf(cluster, id.job, id.part);
    for (const core of part.cores) held.add(core);
    memoryBytes += part.memoryBytes;
  }
  holding.freeCores.length = 0;
  holding.freeCores.push(...facts.cores.filter((core) => !held.has(core)));
  holding.freeMemoryBytes = facts.memoryBytes - memoryBytes;
  noteFree(cluster, name);
}

function noteFree({ lookup }: Cluster, name: NodeName): void {
  lookup.touched.add(name);
  if (lookup.holdings.get(name)?.freeCores.length) lookup.open.add(name);
  else lookup.open.delete(name);
}

function countEnd({ jobs, lookup }: Cluster, id: JobId, index: number, sign: 1 | -1): void {
  const job = existing(jobs.get(id), `job ${id}`);
  const part = job.state.kind === 'active' ? job.state.attempt.parts[index] : undefined;
  if (part) changeEnds(lookup.ends, endOf(job, part), sign * part.cores.length);
}

/** Open parts of a job that changes while it runs may be over at other times than before. */
export function moveEnds(lookup: Lookup, before: Job, job: Job): void {
  if (before.state.kind !== 'active' || job.state.kind !== 'active') return;
  const [old, now] = [before.state.attempt, job.state.attempt];
  const sameTimes =
    timeLimitOf(before) === timeLimitOf(job) &&
    old.suspension === now.suspension &&
    old.suspendedMs === now.suspendedMs;
  if (old.number !== now.number || (sameTimes && old.parts === now.parts)) return;
  for (const [index, part] of now.parts.entries()) {
    const was = old.parts[index];
    if (!was || (sameTimes && was === part)) continue;
    if (was.state.kind === 'ended' || part.state.kind === 'ended') continue;
    const [from, to] = [endOf(before, was), endOf(job, part)];
    if (from === to) continue;
    changeEnds(lookup.ends, from, -part.cores.length);
    changeEnds(lookup.ends, to, part.cores.length);
    lookup.touched.add(part.node);
  }
}
