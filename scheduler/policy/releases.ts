/** What the running jobs will give back, by their time limits. */
import type { ClusterView } from '../model/cluster.ts';
import { MINUTE_MS } from '../model/time.ts';
import type { TimeMs } from '../model/time.ts';
import type { FreeNode } from './placement.ts';
import type { Release } from './profile.ts';

/** When running parts give back their cores; one beyond its limit is taken to end in a minute. */
export function releases(view: ClusterView, nodes: readonly FreeNode[], atMs: TimeMs): Release[] {
  const taking = new Set(nodes.map(({ name }) => name));
  const found: Release[] = [];
  for (const id of view.lookup.active) {
    const job = view.jobs.get(id);
    if (job?.state.kind !== 'active' || job.request.timeLimitMs === 0) continue;
    const { attempt } = job.state;
    for (const part of attempt.parts) {
      if (part.state.kind === 'ended' || !taking.has(part.node)) continue;
      const since = part.state.kind === 'running' ? part.state.startedMs : attempt.startedMs;
      const endMs = since + job.request.timeLimitMs;
      found.push({ atMs: endMs > atMs ? endMs : atMs + MINUTE_MS, cores: part.cores.length });
    }
  }
  return found.sort((a, b) => a.atMs - b.atMs);
}
