/** The cluster as it would be without some running jobs: what may then start is asked of the plan. */
import type { ClusterView } from '../model/cluster.ts';
import type { JobId, NodeName } from '../model/ids.ts';
import { partKey } from '../model/ids.ts';
import type { HoldingView } from '../model/lookup.ts';
import { changeEnds, endOf } from './ends.ts';

/** `next`: the queue to plan for; nothing is promised to anybody. */
export function viewWithout(
  view: ClusterView,
  gone: ReadonlySet<JobId>,
  next: readonly JobId[],
): ClusterView {
  const holdings = new Map<NodeName, HoldingView>(view.lookup.holdings);
  const open = new Set(view.lookup.open);
  const ends = { timesMs: [...view.lookup.ends.timesMs], cores: [...view.lookup.ends.cores] };
  for (const id of gone) {
    const job = view.jobs.get(id);
    if (job?.state.kind !== 'active') continue;
    const { parts, number } = job.state.attempt;
    for (const [index, part] of parts.entries()) {
      const holding = holdings.get(part.node);
      if (part.state.kind === 'ended' || !holding) continue;
      const left = new Map(holding.parts);
      left.delete(partKey({ job: id, attempt: number, part: index }));
      changeEnds(ends, endOf(job, part), -part.cores.length);
      open.add(part.node);
      holdings.set(part.node, {
        freeCores: [...holding.freeCores, ...part.cores].sort((a, b) => a - b),
        freeMemoryBytes: holding.freeMemoryBytes + part.memoryBytes,
        parts: left,
      });
    }
  }
  const active = new Set([...view.lookup.active].filter((id) => !gone.has(id)));
  const wanted = new Set(next);
  const lookup = {
    ...view.lookup,
    holdings,
    open,
    ends,
    active,
    ready: next,
    particular: new Set([...view.lookup.particular].filter((id) => wanted.has(id))),
    unseen: wanted,
    planned: { starts: new Map(), stale: true },
  };
  return { ...view, lookup };
}
