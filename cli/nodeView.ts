/** A node as the commands see it: the scheduler's row with absent values as `undefined`. */
import { pibatch } from '../proto/codec.ts';
import type { Session } from './session.ts';

export type NodeView = {
  readonly name: string;
  readonly state: string;
  readonly reason: string;
  /** All reasons for which it takes no new work, oldest first. */
  readonly drains: readonly { readonly by: string; readonly why: string; readonly atMs: number }[];
  /** The reservation that has it now; empty: none. */
  readonly reservation: string;
  readonly partition: string;
  readonly hostName: string;
  readonly model: string;
  readonly architecture: string;
  readonly operatingSystem: string;
  readonly agentVersion: string;
  readonly confinement: string;
  readonly cores: number;
  readonly coresAllocated: number;
  readonly memoryBytes: number;
  readonly memoryAllocatedBytes: number;
  readonly memoryAvailableBytes: number | undefined;
  readonly load: number | undefined;
  readonly temperatureC: number | undefined;
  /** The firmware's get_throttled bits; undefined where there is no such firmware. */
  readonly throttledBits: number | undefined;
  /** What the bits say; empty when nothing is wrong or nothing is known. */
  readonly throttling: readonly string[];
  readonly frequencyHz: number | undefined;
  readonly weight: number;
  readonly warnings: readonly string[];
  readonly heardMs: number | undefined;
  readonly jobs: readonly number[];
};

/** By name, numbers in names as numbers. */
export async function listNodes(session: Session): Promise<NodeView[]> {
  const { nodes } = await session.ask('nodes', [pibatch.ListNodes, {}], pibatch.NodeList);
  return nodes
    .map((row) => nodeView(row))
    .sort((a, b) => a.name.localeCompare(b.name, 'en', { numeric: true }));
}

function nodeView(row: pibatch.NodeRow.$Properties): NodeView {
  const { telemetry } = row;
  const throttledBits = telemetry?.throttledBits ?? undefined;
  const milliC = telemetry?.temperatureMilliC ?? undefined;
  return {
    ...factsOf(row),
    name: row.name ?? '',
    state: row.state ?? 'unk',
    reason: row.reason ?? '',
    drains: (row.drains ?? []).map(({ by, why, atMs }) => ({
      by: by ?? '',
      why: why ?? '',
      atMs: atMs ?? 0,
    })),
    reservation: row.reservation ?? '',
    partition: row.partition ?? '',
    coresAllocated: row.allocatedCores ?? 0,
    memoryAllocatedBytes: row.allocatedMemoryBytes ?? 0,
    memoryAvailableBytes: telemetry?.memoryAvailableBytes ?? undefined,
    load: telemetry?.load ?? undefined,
    temperatureC: milliC === undefined ? undefined : milliC / 1000,
    throttledBits,
    throttling: throttlingOf(throttledBits ?? 0),
    frequencyHz: telemetry?.frequencyHz ?? undefined,
    heardMs: row.heardMs ?? undefined,
    jobs: row.jobs ?? [],
  };
}

const factsOf = ({ facts }: pibatch.NodeRow.$Properties) => ({
  hostName: facts?.hostName ?? '',
  model: facts?.model ?? '',
  architecture: facts?.architecture ?? '',
  operatingSystem: facts?.operatingSystem ?? '',
  agentVersion: facts?.agentVersion ?? '',
  confinement: facts?.confinement ?? '',
  cores: facts?.cores?.length ?? 0,
  memoryBytes: facts?.memoryBytes ?? 0,
  weight: facts?.weight ?? 1,
  warnings: facts?.warnings ?? [],
});

/** Bits 0-3 are now, 16-19 since the boot. */
const THROTTLE_BITS: readonly (readonly [bit: number, says: string])[] = [
  [0, 'under-voltage'],
  [1, 'frequency capped'],
  [2, 'throttled'],
  [3, 'temperature limit'],
  [16, 'under-voltage since boot'],
  [17, 'frequency capped since boot'],
  [18, 'throttled since boot'],
  [19, 'temperature limit since boot'],
];

export const throttlingOf = (bits: number): readonly string[] =>
  THROTTLE_BITS.filter(([bit]) => (bits >>> bit) & 1).map(([, says]) => says);
