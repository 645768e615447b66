/** Requests and facts for tests: complete, with the few fields that a test cares about. */
import type { NodeFacts, NodeTelemetry } from '../../scheduler/model/node.ts';
import type { PartEnd, PartOutcome } from '../../scheduler/model/outcome.ts';
import type { JobRequest } from '../../scheduler/model/request.ts';

export const requestOf = (fields: Partial<JobRequest>): JobRequest => ({
  name: 'job',
  program: { kind: 'command', args: ['true'] },
  ranks: 1,
  coresPerRank: 1,
  memoryPerRankBytes: 0,
  timeLimitMs: 3_600_000,
  partition: 'main',
  account: 'default',
  beginMs: undefined,
  hold: false,
  requeue: true,
  array: undefined,
  size: undefined,
  group: undefined,
  comment: undefined,
  payload: {
    params: 'null',
    environment: {},
    inputs: [],
    outputs: [],
    submitDirectory: '/',
    submitHost: 'host',
  },
  ...fields,
});

export const factsOf = (fields: Partial<NodeFacts> & { coreCount?: number }): NodeFacts => {
  const { coreCount = 4, ...rest } = fields;
  return {
    hostName: 'host',
    model: 'Raspberry Pi 4 Model B',
    architecture: 'arm64',
    cores: Array.from({ length: coreCount }, (_, core) => core),
    memoryBytes: 4 * 1024 ** 3,
    operatingSystem: 'Linux',
    agentVersion: '1',
    bootId: 'boot-1',
    confinement: 'watch',
    warnings: [],
    weight: 1,
    ...rest,
  };
};

export const TELEMETRY: NodeTelemetry = {
  load: 0,
  memoryAvailableBytes: 1024 ** 3,
  temperatureMilliC: undefined,
  throttledBits: undefined,
  frequencyHz: undefined,
};

export const endOf = (outcome: PartOutcome, elapsedMs = 1_000): PartEnd => ({
  outcome,
  elapsedMs,
  usage: [],
  output: [],
  files: [],
  result: undefined,
  peakMemoryBytes: undefined,
  throttled: false,
});

export const EXITED_WELL: PartOutcome = {
  kind: 'exited',
  exit: { code: 0, signal: 0 },
  failure: undefined,
};
