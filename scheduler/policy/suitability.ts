/** Which nodes may hold ranks of a request at all, whatever is free on them now. */
import type { ClusterView } from '../model/cluster.ts';
import type { NodeName } from '../model/ids.ts';
import type { Node } from '../model/node.ts';
import type { Constraint, Countable, JobRequest } from '../model/request.ts';

/** What is known of a node beside its cores and memory. */
export type NodeTraits = {
  readonly features: ReadonlySet<string>;
  readonly gres: readonly Countable[];
  readonly switch: string | undefined;
  readonly order: number;
};

/** Configured, and what the node says of itself. */
export function traitsOf(view: ClusterView, node: Node): NodeTraits {
  const said = view.settings.nodes?.filter(({ names }) => names.includes(node.name)) ?? [];
  const features = new Set(said.flatMap((one) => one.features ?? []));
  features.add(node.facts.architecture);
  const board = /^Raspberry Pi (\d+|Zero 2)/.exec(node.facts.model)?.[1];
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
  view: ClusterView,
  node: Node,
  request: Pick<JobRequest, 'partition' | 'constraint' | 'gres' | 'excluded'>,
): boolean {
  if (request.excluded?.includes(node.name)) return false;
  if (!inPartition(view, node.name, request.partition)) return false;
  if (!request.constraint && !request.gres?.length) return true;
  return hasTraits(traitsOf(view, node), request);
}

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

export function inPartition(view: ClusterView, node: NodeName, partition: string): boolean {
  const members = view.settings.partitions.find(({ name }) => name === partition)?.nodes;
  return members === undefined || members.includes(node);
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
