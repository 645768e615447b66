/**
 * Nodes on which a job is over first: those with the fastest cores. Ranks wait for the slowest of
 * them, so that filling nodes by speed also gives the earliest end that the free nodes allow.
 */
import type { ClusterView } from '../model/cluster.ts';
import type { NodeName } from '../model/ids.ts';
import type { NodeOrder } from './pool.ts';

export function fastestFirst(view: ClusterView): NodeOrder {
  const speedOf = (name: NodeName): number => view.nodes.get(name)?.facts.weight ?? 1;
  return (a, b) => speedOf(b) - speedOf(a);
}
