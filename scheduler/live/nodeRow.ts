import type { pibatch } from '../../proto/codec.ts';
import type { HoldingView } from '../model/lookup.ts';
import type { Node, NodeTelemetry } from '../model/node.ts';
import type { Reservation } from '../model/reservation.ts';
import { nodeStateName } from '../model/stateName.ts';

type Standing = {
  readonly holding: HoldingView;
  readonly partition: string;
  /** The reservation that has it now. */
  readonly reserved: Reservation | undefined;
};

/** A node as `pinodes` shows it. */
export function nodeRow(
  node: Node,
  { holding, partition, reserved }: Standing,
): pibatch.NodeRow.$Properties {
  const { facts, heard } = node;
  const drains = node.drains.map(({ why, by, atMs }) => ({ why, by, atMs }));
  const jobs = new Set([...holding.parts.values()].map(({ job }) => job));
  return {
    name: node.name,
    state: nodeStateName(node, holding, reserved),
    reason:
      node.drains.map(({ why }) => why).join('; ') || healthText(node) || reservedText(reserved),
    drains,
    reservation: reserved?.name ?? '',
    facts: { ...facts, cores: [...facts.cores], warnings: [...facts.warnings] },
    ...(heard && { telemetry: telemetryMessage(heard.telemetry), heardMs: heard.atMs }),
    allocatedCores: facts.cores.length - holding.freeCores.length,
    allocatedMemoryBytes: Math.max(0, facts.memoryBytes - holding.freeMemoryBytes),
    epoch: node.epoch,
    jobs: [...jobs].sort((a, b) => a - b),
    partition,
  };
}

function reservedText(reserved: Reservation | undefined): string {
  if (!reserved) return '';
  const { name, startMs, durationMs } = reserved;
  return `reserved as ${name} until ${new Date(startMs + durationMs).toISOString()}`;
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
