/** Nodes with the least load per core first, as their last reports say; of equals the emptier. */
import type { ClusterView } from '../model/cluster.ts';
import type { NodeName } from '../model/ids.ts';
import type { NodeOrder } from './pool.ts';

export function leastLoaded({ nodes, lookup }: ClusterView): NodeOrder {
  const loadOf = (name: NodeName): number => {
    const node = nodes.get(name);
    return (node?.heard?.telemetry.load ?? 0) / Math.max(1, node?.facts.cores.length ?? 0);
  };
  const freeOf = (name: NodeName): number => lookup.holdings.get(name)?.freeCores.length ?? 0;
  return (a, b) => loadOf(a) - loadOf(b) || freeOf(b) - freeOf(a);
}
