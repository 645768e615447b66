/** Why a job waits, with the numbers that a user can check. */
import type { ClusterView } from '../model/cluster.ts';
import type { JobId } from '../model/ids.ts';
import type { PendingReason } from '../model/reason.ts';
import type { FreeNode, RankShape } from './placement.ts';
import { ranksThatFit } from './placement.ts';
import { positionOf } from './queueOrder.ts';

/** What a user is told now: as recorded, with today's place in the queue. */
export function pendingReason(view: ClusterView, id: JobId): PendingReason | undefined {
  const state = view.jobs.get(id)?.state;
  if (state?.kind !== 'pending') return undefined;
  if (state.reason.kind !== 'Priority') return state.reason;
  return priorityReason(view, id, state.reason.first);
}

/** Waits behind others; `first` names the job at the head. */
export function priorityReason(view: ClusterView, id: JobId, first: number): PendingReason {
  const { ready } = view.lookup;
  const ahead = positionOf(ready, id);
  const head = ready[positionOf(ready, first)];
  return { kind: 'Priority', ahead, first: head ?? first };
}

/** The job is next and does not fit: on busy nodes, or because nodes are away. */
export function blockingReason(
  view: ClusterView,
  shape: RankShape,
  free: readonly FreeNode[],
): PendingReason {
  const present = new Set(free.map((node) => node.name));
  let possible = 0;
  const away: string[] = [];
  for (const { name, facts } of view.nodes.values()) {
    if (present.has(name)) possible += ranksThatFit(shape, facts.cores.length, facts.memoryBytes);
    else away.push(name);
  }
  if (possible < shape.ranks && away.length > 0) return { kind: 'ReqNodeNotAvail', nodes: away };
  return {
    kind: 'Resources',
    wantedCores: shape.ranks * shape.coresPerRank,
    freeCores: free.reduce((sum, node) => sum + node.freeCores.length, 0),
    wantedMemoryBytes: shape.ranks * shape.memoryPerRankBytes,
  };
}
