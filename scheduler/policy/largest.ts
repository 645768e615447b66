/** How large a job could ever be: what suitable nodes would hold if all were up and idle. */
import type { ClusterView } from '../model/cluster.ts';
import { sameOf } from '../model/constraint.ts';
import { leastRanks } from '../model/demand.ts';
import type { Node } from '../model/node.ts';
import type { JobRequest } from '../model/request.ts';
import { ranksOn } from './placement.ts';
import { suits, traitsOf } from './suitability.ts';

/** Nodes that may work together, and how many ranks each could hold, at least one: most first. */
export type RankGroup = readonly { readonly node: Node; readonly ranks: number }[];

export function rankGroups(view: ClusterView, request: JobRequest): readonly RankGroup[] {
  const groups = new Map<string, { node: Node; ranks: number }[]>();
  for (const node of view.nodes.values()) {
    if (!suits(view, node, request)) continue;
    const { cores, memoryBytes, model } = node.facts;
    const ranks = ranksOn(request, cores.length, { cores: cores.length, memoryBytes });
    if (ranks === 0) continue;
    for (const feature of featuresShared(view, node, request)) {
      const key = `${feature}\n${request.uniform ? model : ''}`;
      const group = groups.get(key);
      if (group) group.push({ node, ranks });
      else groups.set(key, [{ node, ranks }]);
    }
  }
  return [...groups.values()].map((group) => group.sort((a, b) => b.ranks - a.ranks));
}

/** Of those of which all nodes of the job must have one, the node's; a lone empty one if there are none. */
function featuresShared(
  view: ClusterView,
  node: Node,
  { constraint }: JobRequest,
): readonly string[] {
  const same = sameOf(constraint);
  if (same.length === 0) return [''];
  const { features } = traitsOf(view, node);
  return same.filter((feature) => features.has(feature));
}

/** Most ranks of the request's shape at once. */
export const largestRanks = (view: ClusterView, request: JobRequest): number =>
  mostOf(rankGroups(view, request), request);

/** As `largestRanks`, for groups at hand. */
export function mostOf(groups: readonly RankGroup[], { nodes }: JobRequest): number {
  const sums = groups.map((group) =>
    group.slice(0, nodes?.most).reduce((sum, { ranks }) => sum + ranks, 0),
  );
  return Math.max(0, ...sums);
}

/**
 * The fewest cores that a job can hold: those of its ranks, or whole nodes when it wants to be alone
 * on them, as few and as small ones as there are.
 */
export function leastCores(view: ClusterView, request: JobRequest): number {
  const least = leastRanks(request);
  const asked = least * request.coresPerRank;
  if (!request.exclusive) return asked;
  let smallest = Infinity;
  let mostRanks = 0;
  for (const group of rankGroups(view, request)) {
    for (const { node, ranks } of group) {
      smallest = Math.min(smallest, node.facts.cores.length);
      mostRanks = Math.max(mostRanks, ranks);
    }
  }
  if (mostRanks === 0) return asked;
  const nodes = Math.max(request.nodes?.least ?? 1, Math.ceil(least / mostRanks));
  return Math.max(asked, nodes * smallest);
}
