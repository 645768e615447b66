/** What the running jobs will give back, by their time limits. */
import type { ClusterView } from '../model/cluster.ts';
import type { Job } from '../model/job.ts';
import { timeLimitOf } from '../model/job.ts';
import type { Part } from '../model/part.ts';
import { MINUTE_MS } from '../model/time.ts';
import type { TimeMs } from '../model/time.ts';
import type { FreeNode } from './placement.ts';
import type { Release } from './profile.ts';

/** When running parts give back their cores. */
export function releases(view: ClusterView, nodes: readonly FreeNode[], atMs: TimeMs): Release[] {
  const taking = new Set(nodes.map(({ name }) => name));
  const found: Release[] = [];
  for (const id of view.lookup.active) {
    const job = view.jobs.get(id);
    if (job?.state.kind !== 'active') continue;
    for (const part of job.state.attempt.parts) {
      if (part.state.kind === 'ended' || !taking.has(part.node)) continue;
      const endMs = partEndMs(job, part, atMs);
      if (endMs !== Infinity) found.push({ atMs: endMs, cores: part.cores.length });
    }
  }
  return found.sort((a, b) => a.atMs - b.atMs);
}

/** When the part of an active job is over at the latest; one beyond its limit is taken to end in a minute. */
export function partEndMs(job: Job, part: Part, atMs: TimeMs): number {
  if (job.state.kind !== 'active') return atMs;
  const { attempt } = job.state;
  const limitMs = timeLimitOf(job);
  if (limitMs === 0) return Infinity;
  const since = part.state.kind === 'running' ? part.state.startedMs : attempt.startedMs;
  const endMs = since + limitMs;
  return endMs > atMs ? endMs : atMs + MINUTE_MS;
}
