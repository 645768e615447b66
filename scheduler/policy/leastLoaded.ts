/** Nodes with the least load per core first, as their last reports say; of equals the emptier. */
import type { ClusterView } from '../model/cluster.ts';
import type { FreeNode } from './placement.ts';
import type { NodeOrder } from './pool.ts';

export function leastLoaded(view: ClusterView): NodeOrder {
  const loadOf = ({ name, coreCount }: FreeNode): number =>
    (view.nodes.get(name)?.heard?.telemetry.load ?? 0) / Math.max(1, coreCount);
  return (a, b) => loadOf(a) - loadOf(b) || b.freeCores.length - a.freeCores.length;
}
