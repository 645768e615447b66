/**
 * Where ranks go: first fit by cores and memory. A job that fits on one node goes to the
 * first such node, since ranks that share memory talk fastest; else its ranks fill nodes in
 * order, each node holding a contiguous run. Slurm calls this block distribution.
 */
import type { ClusterView } from '../model/cluster.ts';
import type { NodeName } from '../model/ids.ts';
import type { JobRequest } from '../model/request.ts';

export type RankShape = Pick<JobRequest, 'ranks' | 'coresPerRank' | 'memoryPerRankBytes'>;

/** A node that takes work, and what of it is free in the plan so far. */
export type FreeNode = {
  readonly name: NodeName;
  readonly epoch: number;
  freeCores: readonly number[];
  freeMemoryBytes: number;
};

/** A part as planned: it becomes a Part when allocated. */
export type PlannedPart = {
  readonly node: NodeName;
  readonly epoch: number;
  readonly firstRank: number;
  readonly ranks: number;
  readonly cores: readonly number[];
  readonly memoryBytes: number;
};

/** The nodes that take work now: up, heard in this epoch by this process, not drained. */
export function freeNodes(view: ClusterView): FreeNode[] {
  const free: FreeNode[] = [];
  for (const node of view.nodes.values()) {
    if (node.health.kind !== 'up' || !node.heard || node.drains.length > 0) continue;
    const holding = view.lookup.holdings.get(node.name);
    if (!holding) continue;
    const { freeCores, freeMemoryBytes } = holding;
    free.push({ name: node.name, epoch: node.epoch, freeCores, freeMemoryBytes });
  }
  return free;
}

/** How many ranks of the shape these cores and this memory hold. */
export function ranksThatFit(shape: RankShape, cores: number, memoryBytes: number): number {
  const byCores = Math.floor(cores / shape.coresPerRank);
  if (shape.memoryPerRankBytes === 0) return byCores;
  return Math.max(0, Math.min(byCores, Math.floor(memoryBytes / shape.memoryPerRankBytes)));
}

/** Takes the ranks out of `nodes` and says where they are; undefined, and nothing taken, when they do not fit. */
export function placeRanks(
  shape: RankShape,
  nodes: readonly FreeNode[],
): PlannedPart[] | undefined {
  const fitting: { readonly node: FreeNode; readonly ranks: number }[] = [];
  let found = 0;
  for (const node of nodes) {
    const ranks = ranksThatFit(shape, node.freeCores.length, node.freeMemoryBytes);
    if (ranks === 0) continue;
    if (ranks >= shape.ranks) return [take(shape, node, 0, shape.ranks)];
    fitting.push({ node, ranks });
    found += ranks;
  }
  if (found < shape.ranks) return undefined;
  const parts: PlannedPart[] = [];
  let next = 0;
  for (const { node, ranks } of fitting) {
    if (next === shape.ranks) break;
    const here = Math.min(ranks, shape.ranks - next);
    parts.push(take(shape, node, next, here));
    next += here;
  }
  return parts;
}

function take(shape: RankShape, node: FreeNode, firstRank: number, ranks: number): PlannedPart {
  const count = ranks * shape.coresPerRank;
  const memoryBytes = ranks * shape.memoryPerRankBytes;
  const cores = node.freeCores.slice(0, count);
  node.freeCores = node.freeCores.slice(count);
  node.freeMemoryBytes -= memoryBytes;
  return { node: node.name, epoch: node.epoch, firstRank, ranks, cores, memoryBytes };
}

/** Most ranks of the shape that the nodes could hold at once if all were up and idle. */
export function largestRanks(view: ClusterView, shape: RankShape): number {
  let ranks = 0;
  for (const { facts } of view.nodes.values()) {
    ranks += ranksThatFit(shape, facts.cores.length, facts.memoryBytes);
  }
  return ranks;
}
