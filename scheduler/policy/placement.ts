/** How many ranks a node holds, and what they take of it. */
import type { NodeName } from '../model/ids.ts';
import type { Node } from '../model/node.ts';
import type { JobRequest } from '../model/request.ts';

export type RankShape = Pick<JobRequest, 'ranks' | 'coresPerRank' | 'memoryPerRankBytes'>;
/** What of a request bears on where its ranks go. */
export type Placing = RankShape & Partial<JobRequest>;

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
