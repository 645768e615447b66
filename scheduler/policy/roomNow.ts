/** Whether a request fits on what is free at this moment, as if it were never asked for again. */
import type { ClusterView } from '../model/cluster.ts';
import { countsOf } from '../model/constraint.ts';
import { demandOf } from '../model/demand.ts';
import type { Lack } from '../model/reason.ts';
import type { JobRequest } from '../model/request.ts';
import { countOf } from './nodeLine.ts';
import { ranksOn } from './placement.ts';
import type { Pool, PoolNode } from './pool.ts';
import { isAmong } from './pool.ts';
import type { Room } from './shares.ts';
import { chooseShares } from './shares.ts';

type Rooms = readonly Room<PoolNode>[];
const traitsIn = ({ traits }: PoolNode): PoolNode['traits'] => traits;

/** The nodes that it would have; undefined when it does not fit. */
export const roomNow = (view: ClusterView, request: JobRequest, pool: Pool): Rooms | undefined => {
  const rooms = roomsOf(request, pool).filter(({ node }) => hasGresNow(view, request, node));
  return chooseShares(request, rooms, traitsIn);
};

/** By cores and memory alone. */
function roomsOf(request: JobRequest, pool: Pool): Rooms {
  const eligible = pool.eligible(demandOf(request));
  return pool.open().flatMap((node) => {
    const { cores, memoryBytes } = pool.free(node);
    const ranks = ranksOn(request, node.coreCount, { cores: cores.length, memoryBytes });
    return ranks > 0 && isAmong(eligible, node) ? [{ node, ranks }] : [];
  });
}

/** What is lacking where cores and memory are not: generic resources in use, or nodes with a feature. */
export function lackBeside(view: ClusterView, request: JobRequest, pool: Pool): Lack | undefined {
  const { constraint, gres = [] } = request;
  const counted = constraint ? countsOf(constraint) : [];
  if (gres.length === 0 && counted.length === 0) return undefined;
  const rooms = roomsOf(request, pool);
  const { constraint: _, ...anywhere } = request;
  if (!chooseShares(anywhere, rooms, traitsIn)) return undefined;
  for (const one of gres) {
    const free = (node: PoolNode): number => freeGres(view, node, one.name);
    const having = rooms.filter(({ node }) => free(node) >= one.count);
    if (chooseShares(anywhere, having, traitsIn)) continue;
    const of = pool.eligible(demandOf(request)).nodes;
    const most = Math.max(0, ...of.map(free));
    return { of: 'gres', name: one.name, wanted: one.count, free: most, on: of.length };
  }
  for (const { feature, nodes } of counted) {
    const having = rooms.filter(({ node }) => node.traits.features.has(feature)).length;
    if (having < nodes) return { of: 'feature', name: feature, wanted: nodes, free: having };
  }
  return undefined;
}

const hasGresNow = (view: ClusterView, { gres = [] }: JobRequest, node: PoolNode): boolean =>
  gres.every(({ name, count }) => freeGres(view, node, name) >= count);

/** What the open parts on the node leave of it. */
function freeGres(view: ClusterView, { name: node, traits }: PoolNode, name: string): number {
  let free = countOf(traits.gres, name) ?? 0;
  for (const { job } of view.lookup.holdings.get(node)?.parts.values() ?? []) {
    free -= countOf(view.jobs.get(job)?.request.gres, name) ?? 0;
  }
  return free;
}
