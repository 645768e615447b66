import type { pibatch } from '../../proto/codec.ts';
import type { HoldingView } from '../model/lookup.ts';
import type { Node, NodeTelemetry } from '../model/node.ts';
import { nodeStateName } from '../model/stateName.ts';

/** A node as `pinodes` shows it. */
export function nodeRow(
  node: Node,
  holding: HoldingView,
  partition: string,
): pibatch.NodeRow.$Properties {
  const { facts, heard } = node;
  const jobs = new Set([...holding.parts.values()].map(({ job }) => job));
  return {
    name: node.name,
    state: nodeStateName(node, holding),
    reason: node.drains.map(({ why }) => why).join('; ') || healthText(node),
    facts: { ...facts, cores: [...facts.cores], warnings: [...facts.warnings] },
    ...(heard && { telemetry: telemetryMessage(heard.telemetry), heardMs: heard.atMs }),
    allocatedCores: facts.cores.length - holding.freeCores.length,
    allocatedMemoryBytes: Math.max(0, facts.memoryBytes - holding.freeMemoryBytes),
    epoch: node.epoch,
    jobs: [...jobs].sort((a, b) => a - b),
    partition,
  };
}

function healthText(node: Node): string {
  switch (node.health.kind) {
    case 'up':
      return node.heard ? '' : 'not heard since the scheduler started';
    case 'silent':
      return `silent since ${new Date(node.health.sinceMs).toISOString()}`;
    case 'down':
      return `not responding since ${new Date(node.health.sinceMs).toISOString()}`;
  }
}

function telemetryMessage(telemetry: NodeTelemetry): pibatch.NodeTelemetry.$Properties {
  const { temperatureMilliC, throttledBits, frequencyHz, ...always } = telemetry;
  return {
    ...always,
    ...(temperatureMilliC !== undefined && { temperatureMilliC }),
    ...(throttledBits !== undefined && { throttledBits }),
    ...(frequencyHz !== undefined && { frequencyHz }),
  };
}
