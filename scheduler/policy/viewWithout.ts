/** The cluster as it would be without some running jobs: what may then start is asked of the plan. */
import type { ClusterView } from '../model/cluster.ts';
import type { JobId, NodeName } from '../model/ids.ts';
import { partKey } from '../model/ids.ts';
import type { HoldingView } from '../model/lookup.ts';

/** `next`: the queue to plan for; nothing is promised to anybody. */
export function viewWithout(
  view: ClusterView,
  gone: ReadonlySet<JobId>,
  next: readonly JobId[],
): ClusterView {
  const holdings = new Map<NodeName, HoldingView>(view.lookup.holdings);
  for (const id of gone) {
    const state = view.jobs.get(id)?.state;
    if (state?.kind !== 'active') continue;
    const { parts, number } = state.attempt;
    for (const [index, part] of parts.entries()) {
      const holding = holdings.get(part.node);
      if (part.state.kind === 'ended' || !holding) continue;
      const open = new Map(holding.parts);
      open.delete(partKey({ job: id, attempt: number, part: index }));
      holdings.set(part.node, {
        freeCores: [...holding.freeCores, ...part.cores].sort((a, b) => a - b),
        freeMemoryBytes: holding.freeMemoryBytes + part.memoryBytes,
        parts: open,
      });
    }
  }
  const active = new Set([...view.lookup.active].filter((id) => !gone.has(id)));
  const wanted = new Set(next);
  const lookup = {
    ...view.lookup,
    holdings,
    active,
    ready: next,
    particular: new Set([...view.lookup.particular].filter((id) => wanted.has(id))),
    unseen: wanted,
    planned: { starts: new Map(), stale: true },
  };
  return { ...view, lookup };
}
