/** What events do to nodes. */
import type { Cluster } from '../model/cluster.ts';
import type { Event } from '../model/event.ts';
import type { NodeName } from '../model/ids.ts';
import type { Node } from '../model/node.ts';
import { HOUR_MS } from '../model/time.ts';
import type { TimeMs } from '../model/time.ts';
import { holdingOf, refreshHolding } from './holdings.ts';
import { ensure, existing } from './invariantError.ts';
import { renewLayout } from './lookup.ts';

type NodeEvent = Extract<
  Event,
  {
    kind:
      | 'nodeJoined'
      | 'nodeChanged'
      | 'nodeFenced'
      | 'nodeWentSilent'
      | 'nodeWentDown'
      | 'nodeReturned'
      | 'nodeDrained'
      | 'nodeResumed'
      | 'nodeHeard';
  }
>;

export function applyNode(cluster: Cluster, event: NodeEvent): void {
  if (event.kind === 'nodeJoined') return joined(cluster, event);
  const node = existing(cluster.nodes.get(event.node), `node ${event.node}`);
  cluster.nodes.set(event.node, changed(cluster, node, event));
  if (event.kind === 'nodeChanged') refreshHolding(cluster, event.node);
  if (event.kind !== 'nodeHeard' || !node.heard) renewLayout(cluster.lookup);
}

function joined(cluster: Cluster, event: Extract<NodeEvent, { kind: 'nodeJoined' }>): void {
  const { node: name, facts, epoch, atMs } = event;
  ensure(!cluster.nodes.has(name), `node ${name} has joined before`);
  cluster.nodes.set(name, {
    name,
    epoch,
    facts,
    joinedMs: atMs,
    health: { kind: 'up' },
    drains: [],
    failuresMs: [],
    heard: undefined,
  });
  cluster.lookup.holdings.set(name, { freeCores: [], freeMemoryBytes: 0, parts: new Map() });
  refreshHolding(cluster, name);
  renewLayout(cluster.lookup);
}

function changed(
  cluster: Cluster,
  node: Node,
  event: Exclude<NodeEvent, { kind: 'nodeJoined' }>,
): Node {
  switch (event.kind) {
    case 'nodeChanged':
      return { ...node, facts: event.facts };
    case 'nodeFenced':
      return fenced(cluster, node, event.epoch);
    case 'nodeWentSilent':
      return { ...node, health: { kind: 'silent', sinceMs: event.atMs } };
    case 'nodeWentDown':
      return {
        ...node,
        health: { kind: 'down', sinceMs: event.atMs },
        failuresMs: withFailure(node, event.atMs),
      };
    case 'nodeReturned':
      return { ...node, health: { kind: 'up' } };
    case 'nodeDrained':
      return {
        ...node,
        drains: [...node.drains, { by: event.by, why: event.why, atMs: event.atMs }],
      };
    case 'nodeResumed':
      return { ...node, drains: [], failuresMs: [] };
    case 'nodeHeard':
      return { ...node, heard: event.heard };
  }
}

function fenced(cluster: Cluster, node: Node, epoch: number): Node {
  ensure(epoch > node.epoch, `epoch ${epoch} of ${node.name} is not new`);
  ensure(openParts(cluster, node.name) === 0, `${node.name} is fenced with open parts`);
  return { ...node, epoch, heard: undefined };
}

const openParts = (cluster: Cluster, name: NodeName): number => holdingOf(cluster, name).parts.size;

const withFailure = (node: Node, atMs: TimeMs): readonly TimeMs[] => [
  ...node.failuresMs.filter((ms) => ms > atMs - HOUR_MS),
  atMs,
];
