/** The nodes that take work, in the order in which they are filled, who may use which, and what is free. */
import type { ClusterView } from '../model/cluster.ts';
import type { NodeName } from '../model/ids.ts';
import type { Countable } from '../model/request.ts';
import type { Demand } from '../model/demand.ts';
import type { NodeSet } from './nodeSet.ts';
import { hasNode, setOf } from './nodeSet.ts';
import type { Placing, PlannedPart } from './placement.ts';
import { coresFor, takesWork } from './placement.ts';
import { isQuiet } from './quiet.ts';
import type { Room, Traits } from './shares.ts';
import type { NodeTraits } from './suitability.ts';
import { suits, suitsAll, traitsOf } from './suitability.ts';

/** A node that takes work. */
export type PoolNode = {
  /** Its place in the order in which nodes are filled. */
  readonly index: number;
  readonly name: NodeName;
  readonly epoch: number;
  /** How many cores it has in all. */
  readonly coreCount: number;
  readonly memoryBytes: number;
  readonly traits: NodeTraits & Traits;
};

export type Free = { readonly cores: readonly number[]; readonly memoryBytes: number };

export type NodeOrder = (a: NodeName, b: NodeName) => number;

/** In the order of the pool. */
export type Eligible = {
  readonly nodes: readonly PoolNode[];
  readonly set: NodeSet;
  /** One node for every count of cores and bytes of memory that there is among them. */
  readonly models: readonly PoolNode[];
};

export type Pool = {
  readonly nodes: readonly PoolNode[];
  readonly byName: ReadonlyMap<NodeName, PoolNode>;
  /** Nodes that take no work now. */
  readonly absent: readonly NodeName[];
  /** Those that the demand's partition, constraint and generic resources allow. */
  eligible(demand: Demand): Eligible;
  gres(node: PoolNode): readonly Countable[];
  /** What is free now, less what was taken of this pool. */
  free(node: PoolNode): Free;
  /** Nodes with a free core. */
  open(): readonly PoolNode[];
  /** The shares' cores and memory are no longer free. */
  take(request: Placing, shares: readonly Room<PoolNode>[]): PlannedPart[];
};

type Layout = Pick<Pool, 'nodes' | 'byName' | 'absent'> & {
  readonly eligible: Map<string, Eligible>;
};

/** Of the order in which nodes joined, unless settings say another. */
const layouts = new WeakMap<object, Layout>();

export function createPool(view: ClusterView, order?: NodeOrder): Pool {
  const layout = layoutOf(view, order);
  const { nodes, byName, absent } = layout;
  const taken = new Map<PoolNode, Free>();
  const free = (node: PoolNode): Free => taken.get(node) ?? heldFree(view, node);
  /** What scavengers may use changes from moment to moment. */
  const quiet = new Map<string, Eligible>();
  let open: readonly PoolNode[] | undefined;
  return {
    nodes,
    byName,
    absent,
    free,
    open: () => {
      open ??= openNodes(view, byName);
      return open;
    },
    gres: (node) => (view.settings.nodes ? node.traits.gres : []),
    eligible: (demand) => {
      const scavenges = isScavenger(view, demand);
      const known = scavenges ? quiet : layout.eligible;
      const before = known.get(demand.placeKey);
      if (before) return before;
      const found = eligible(view, nodes, { demand, scavenges });
      known.set(demand.placeKey, found);
      return found;
    },
    take: (request, shares) => {
      let firstRank = 0;
      return shares.map(({ node, ranks }) => {
        const count = coresFor(request, node.coreCount, ranks);
        const memoryBytes = ranks * request.memoryPerRankBytes;
        const before = free(node);
        const cores = before.cores.slice(0, count);
        taken.set(node, {
          cores: before.cores.slice(count),
          memoryBytes: before.memoryBytes - memoryBytes,
        });
        const part = { node: node.name, epoch: node.epoch, firstRank, ranks, cores, memoryBytes };
        firstRank += ranks;
        return part;
      });
    },
  };
}

const NOTHING: Free = { cores: [], memoryBytes: 0 };

function heldFree({ lookup }: ClusterView, { name }: PoolNode): Free {
  const holding = lookup.holdings.get(name);
  return holding ? { cores: holding.freeCores, memoryBytes: holding.freeMemoryBytes } : NOTHING;
}

function openNodes(
  { lookup }: ClusterView,
  byName: ReadonlyMap<NodeName, PoolNode>,
): readonly PoolNode[] {
  const found: PoolNode[] = [];
  for (const name of lookup.open) {
    const node = byName.get(name);
    if (node) found.push(node);
  }
  return found.sort((a, b) => a.index - b.index);
}

function layoutOf(view: ClusterView, order: NodeOrder | undefined): Layout {
  const known = order ? undefined : layouts.get(view.lookup.layout);
  if (known) return known;
  const taking = [];
  const absent: NodeName[] = [];
  for (const node of view.nodes.values()) {
    if (!takesWork(node) || !view.lookup.holdings.has(node.name)) absent.push(node.name);
    else
      taking.push({
        node,
        traits: { ...traitsOf(view, node), model: node.facts.model, name: node.name },
      });
  }
  if (view.settings.nodes?.some((one) => one.order !== undefined)) {
    taking.sort((a, b) => a.traits.order - b.traits.order);
  }
  if (order) taking.sort((a, b) => order(a.node.name, b.node.name));
  const nodes = taking.map(({ node: { name, epoch, facts }, traits }, index): PoolNode => {
    const { memoryBytes, cores } = facts;
    return { index, name, epoch, coreCount: cores.length, memoryBytes, traits };
  });
  const byName = new Map(nodes.map((node) => [node.name, node]));
  const layout = { nodes, byName, absent, eligible: new Map() };
  if (!order) layouts.set(view.lookup.layout, layout);
  return layout;
}

const isScavenger = ({ settings }: ClusterView, { request }: Demand): boolean =>
  settings.partitions.find(({ name }) => name === request.partition)?.scavenger ?? false;

function eligible(
  view: ClusterView,
  nodes: readonly PoolNode[],
  { demand: { request }, scavenges }: { readonly demand: Demand; readonly scavenges: boolean },
): Eligible {
  if (suitsAll(view, request) && !scavenges) return among(nodes, nodes);
  const found = nodes.filter((node) => {
    const known = view.nodes.get(node.name);
    if (!known || !suits(view, known, request)) return false;
    return !scavenges || isQuietNow(view, node.name);
  });
  return among(nodes, found);
}

function among(all: readonly PoolNode[], nodes: readonly PoolNode[]): Eligible {
  const models = new Map(nodes.map((node) => [`${node.coreCount}/${node.memoryBytes}`, node]));
  const set = setOf(
    all.length,
    nodes.map(({ index }) => index),
  );
  return { nodes, set, models: [...models.values()] };
}

export const isAmong = ({ set }: Eligible, { index }: PoolNode): boolean => hasNode(set, index);

function isQuietNow(view: ClusterView, name: NodeName): boolean {
  const [node, holding] = [view.nodes.get(name), view.lookup.holdings.get(name)];
  return node !== undefined && holding !== undefined && isQuiet(node, holding);
}
