/** The nodes that take work, in the order in which they are filled, and who may use which. */
import type { ClusterView } from '../model/cluster.ts';
import type { NodeName } from '../model/ids.ts';
import type { Countable } from '../model/request.ts';
import type { Demand } from '../model/demand.ts';
import type { FreeNode } from './placement.ts';
import { freeNodes } from './placement.ts';
import { isQuiet } from './quiet.ts';
import type { Traits } from './shares.ts';
import type { NodeTraits } from './suitability.ts';
import { hasTraits, traitsOf } from './suitability.ts';

export type NodeOrder = (a: FreeNode, b: FreeNode) => number;

export type Pool = {
  readonly nodes: readonly FreeNode[];
  readonly byName: ReadonlyMap<NodeName, FreeNode>;
  /** Those that the demand's partition, constraint and generic resources allow. */
  eligible(demand: Demand): readonly FreeNode[];
  traits(node: FreeNode): Traits;
  gres(node: FreeNode): readonly Countable[];
};

export function createPool(view: ClusterView, order?: NodeOrder): Pool {
  const all = freeNodes(view);
  const traits = new Map<FreeNode, NodeTraits & Traits>();
  const traitsIn = (node: FreeNode): NodeTraits & Traits => {
    const before = traits.get(node);
    if (before) return before;
    const known = view.nodes.get(node.name);
    const found = {
      ...(known ? traitsOf(view, known) : NONE),
      model: known?.facts.model ?? '',
      name: node.name,
    };
    traits.set(node, found);
    return found;
  };
  const said = view.settings.nodes?.some((one) => one.order !== undefined);
  if (said) all.sort((a, b) => traitsIn(a).order - traitsIn(b).order);
  if (order) all.sort(order);
  const known = new Map<string, readonly FreeNode[]>();
  return {
    nodes: all,
    byName: new Map(all.map((node) => [node.name, node])),
    traits: traitsIn,
    gres: (node) => (view.settings.nodes ? traitsIn(node).gres : []),
    eligible: ({ request }) => {
      const { partition, constraint, gres, excluded } = request;
      const asked = view.settings.partitions.find(({ name }) => name === partition);
      const members = asked?.nodes;
      const open = !constraint && !gres?.length && !excluded?.length;
      if (open && !members && !asked?.scavenger) return all;
      const key = JSON.stringify([partition, constraint, gres, excluded]);
      const before = known.get(key);
      if (before) return before;
      const within = members && new Set(members);
      const found = all.filter(
        (node) =>
          (!within || within.has(node.name)) &&
          !excluded?.includes(node.name) &&
          hasTraits(traitsIn(node), request) &&
          (!asked?.scavenger || isQuietNow(view, node.name)),
      );
      known.set(key, found);
      return found;
    },
  };
}

function isQuietNow(view: ClusterView, name: NodeName): boolean {
  const [node, holding] = [view.nodes.get(name), view.lookup.holdings.get(name)];
  return node !== undefined && holding !== undefined && isQuiet(node, holding);
}

const NONE: NodeTraits = { features: new Set(), gres: [], switch: undefined, order: 0 };
