/** Which nodes may hold ranks of a request at all, whatever is free on them now. */
import type { ClusterView, Settings } from '../model/cluster.ts';
import type { NodeSettings } from '../model/configuration.ts';
import type { NodeName } from '../model/ids.ts';
import type { Node, NodeFacts } from '../model/node.ts';
import type { Constraint, Countable, JobRequest } from '../model/request.ts';

/** What is known of a node beside its cores and memory. */
export type NodeTraits = {
  readonly features: ReadonlySet<string>;
  readonly gres: readonly Countable[];
  readonly switch: string | undefined;
  readonly order: number;
};

/** What settings say by node and by partition, which they say in lists. */
type SettingsIndex = {
  readonly said: ReadonlyMap<string, readonly NodeSettings[]>;
  readonly members: ReadonlyMap<string, ReadonlySet<string> | undefined>;
  readonly traits: Map<NodeName, { readonly facts: NodeFacts; readonly traits: NodeTraits }>;
};

const indexes = new WeakMap<Settings, SettingsIndex>();

function indexOf(settings: Settings): SettingsIndex {
  const known = indexes.get(settings);
  if (known) return known;
  const said = new Map<string, NodeSettings[]>();
  for (const one of settings.nodes ?? []) {
    for (const name of new Set(one.names)) {
      const before = said.get(name);
      if (before) before.push(one);
      else said.set(name, [one]);
    }
  }
  const members = new Map<string, ReadonlySet<string> | undefined>();
  for (const { name, nodes } of settings.partitions) {
    if (!members.has(name)) members.set(name, nodes && new Set(nodes));
  }
  const index = { said, members, traits: new Map() };
  indexes.set(settings, index);
  return index;
}

/** Configured, and what the node says of itself. */
export function traitsOf({ settings }: Pick<ClusterView, 'settings'>, node: Node): NodeTraits {
  const { said, traits } = indexOf(settings);
  const known = traits.get(node.name);
  if (known?.facts === node.facts) return known.traits;
  const found = joinedTraits(said.get(node.name) ?? [], node.facts);
  traits.set(node.name, { facts: node.facts, traits: found });
  return found;
}

function joinedTraits(
  said: readonly NodeSettings[],
  { architecture, model }: NodeFacts,
): NodeTraits {
  const features = new Set(said.flatMap((one) => one.features ?? []));
  features.add(architecture);
  const board = /^Raspberry Pi (\d+|Zero 2)/.exec(model)?.[1];
  if (board) features.add(`pi${board.toLowerCase().replace(' ', '')}`);
  return {
    features,
    gres: said.flatMap((one) => one.gres ?? []),
    switch: said.find((one) => one.switch !== undefined)?.switch,
    order: said.find((one) => one.order !== undefined)?.order ?? 0,
  };
}

/** Its partition has the node, and the node the features and as many generic resources as it asks for. */
export function suits(
  view: Pick<ClusterView, 'settings'>,
  node: Node,
  request: Pick<JobRequest, 'partition' | 'constraint' | 'gres' | 'excluded'>,
): boolean {
  if (request.excluded?.includes(node.name)) return false;
  if (!inPartition(view, node.name, request.partition)) return false;
  if (!request.constraint && !request.gres?.length) return true;
  return hasTraits(traitsOf(view, node), request);
}

/** Whether every node suits, whatever it is. */
export const suitsAll = (
  { settings }: Pick<ClusterView, 'settings'>,
  {
    partition,
    constraint,
    gres,
    excluded,
  }: Pick<JobRequest, 'partition' | 'constraint' | 'gres' | 'excluded'>,
): boolean =>
  !constraint && !gres?.length && !excluded?.length && !indexOf(settings).members.get(partition);

/** As `suits`, for traits at hand and whatever the partition. */
export function hasTraits(
  traits: NodeTraits,
  request: Pick<JobRequest, 'constraint' | 'gres'>,
): boolean {
  if (request.constraint && !satisfies(traits.features, request.constraint)) return false;
  return (request.gres ?? []).every(({ name, count }) =>
    traits.gres.some((has) => has.name === name && has.count >= count),
  );
}

export function inPartition(
  { settings }: Pick<ClusterView, 'settings'>,
  node: NodeName,
  partition: string,
): boolean {
  return indexOf(settings).members.get(partition)?.has(node) ?? true;
}

/** Counted features bind a job's nodes together, not each of them. */
export function satisfies(features: ReadonlySet<string>, constraint: Constraint): boolean {
  switch (constraint.kind) {
    case 'feature':
      return features.has(constraint.feature);
    case 'all':
      return constraint.of.every((one) => satisfies(features, one));
    case 'any':
      return constraint.of.some((one) => satisfies(features, one));
    case 'same':
      return constraint.of.some((feature) => features.has(feature));
    case 'counted':
      return true;
  }
}
