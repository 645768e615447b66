/** Where ranks go on the nodes that are free now. */
import type { ClusterView } from '../model/cluster.ts';
import type { NodeName } from '../model/ids.ts';
import type { Node } from '../model/node.ts';
import type { JobRequest } from '../model/request.ts';
import type { Room, Traits } from './shares.ts';
import { chooseShares } from './shares.ts';

export type RankShape = Pick<JobRequest, 'ranks' | 'coresPerRank' | 'memoryPerRankBytes'>;
/** What of a request bears on where its ranks go. */
export type Placing = RankShape & Partial<JobRequest>;

/** A node that takes work, and what of it is free in the plan so far. */
export type FreeNode = {
  readonly name: NodeName;
  readonly epoch: number;
  /** How many cores it has in all. */
  readonly coreCount: number;
  readonly memoryBytes: number;
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

/** Up, heard in this epoch by this process, not drained. */
export const takesWork = (node: Node): boolean =>
  node.health.kind === 'up' && node.heard !== undefined && node.drains.length === 0;

/** The nodes that take work now. */
export function freeNodes(view: ClusterView): FreeNode[] {
  const free: FreeNode[] = [];
  for (const node of view.nodes.values()) {
    if (!takesWork(node)) continue;
    const holding = view.lookup.holdings.get(node.name);
    if (!holding) continue;
    const { freeCores, freeMemoryBytes } = holding;
    const { name, epoch, facts } = node;
    const { memoryBytes, cores } = facts;
    free.push({ name, epoch, coreCount: cores.length, memoryBytes, freeCores, freeMemoryBytes });
  }
  return free;
}

/** How many ranks of the shape these cores and this memory hold. */
export function ranksThatFit(
  shape: Pick<RankShape, 'coresPerRank' | 'memoryPerRankBytes'>,
  cores: number,
  memoryBytes: number,
): number {
  const byCores = Math.floor(cores / shape.coresPerRank);
  if (shape.memoryPerRankBytes === 0) return byCores;
  return Math.max(0, Math.min(byCores, Math.floor(memoryBytes / shape.memoryPerRankBytes)));
}

/** As `ranksThatFit`, within what the request allows on one node of `coreCount` cores. */
export function ranksOn(
  request: Placing,
  coreCount: number,
  free: { readonly cores: number; readonly memoryBytes: number },
): number {
  if (request.exclusive && free.cores < coreCount) return 0;
  const ranks = ranksThatFit(request, free.cores, free.memoryBytes);
  return request.ranksPerNode === undefined ? ranks : Math.min(ranks, request.ranksPerNode);
}

/** The cores that so many ranks hold on a node: all of it when the job wants to be alone. */
export const coresFor = (request: Placing, coreCount: number, ranks: number): number =>
  request.exclusive ? coreCount : ranks * request.coresPerRank;

/** Takes the ranks out of `nodes` and says where they are; undefined, and nothing taken, when they do not fit. */
export function placeRanks(
  request: Placing,
  nodes: readonly FreeNode[],
  traits: (node: FreeNode) => Traits = noTraits,
): PlannedPart[] | undefined {
  const rooms: Room<FreeNode>[] = [];
  for (const node of nodes) {
    const free = { cores: node.freeCores.length, memoryBytes: node.freeMemoryBytes };
    const ranks = ranksOn(request, node.coreCount, free);
    if (ranks > 0) rooms.push({ node, ranks });
  }
  const shares = chooseShares(request, rooms, traits);
  return shares && takeShares(request, shares);
}

const noTraits = ({ name }: FreeNode): Traits => ({
  name,
  features: new Set(),
  switch: undefined,
  model: '',
});

/** The shares' cores and memory are no longer free. */
export function takeShares(request: Placing, shares: readonly Room<FreeNode>[]): PlannedPart[] {
  let firstRank = 0;
  return shares.map(({ node, ranks }) => {
    const count = coresFor(request, node.coreCount, ranks);
    const memoryBytes = ranks * request.memoryPerRankBytes;
    const cores = node.freeCores.slice(0, count);
    node.freeCores = node.freeCores.slice(count);
    node.freeMemoryBytes -= memoryBytes;
    const part = { node: node.name, epoch: node.epoch, firstRank, ranks, cores, memoryBytes };
    firstRank += ranks;
    return part;
  });
}
