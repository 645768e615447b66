import type { Event, Fact } from '../../../scheduler/model/event.ts';
import { jobId, nodeName, requestId, userName } from '../../../scheduler/model/ids.ts';
import type { Job } from '../../../scheduler/model/job.ts';
import type { NodeFacts } from '../../../scheduler/model/node.ts';
import type { PartEnd } from '../../../scheduler/model/outcome.ts';
import type { Part } from '../../../scheduler/model/part.ts';
import type { JobRequest } from '../../../scheduler/model/request.ts';
import { timeMs } from '../../../scheduler/model/time.ts';

/** Hand-made facts for tests of the journal. */
export const T0 = timeMs(1_750_000_000_000);

export const REQUEST: JobRequest = {
  name: 'digits',
  program: { kind: 'command', args: ['true'] },
  ranks: 2,
  coresPerRank: 1,
  memoryPerRankBytes: 1_000_000,
  timeLimitMs: 60_000,
  partition: 'main',
  account: 'default',
  beginMs: undefined,
  hold: false,
  requeue: true,
  array: undefined,
  size: 1000,
  group: undefined,
  comment: undefined,
  payload: {
    params: '{}',
    environment: {},
    inputs: [],
    outputs: [],
    submitDirectory: '',
    submitHost: '',
  },
};

export const FACTS: NodeFacts = {
  hostName: 'pi1',
  model: 'Raspberry Pi 5',
  architecture: 'arm64',
  cores: [0, 1, 2, 3],
  memoryBytes: 8e9,
  operatingSystem: 'Debian 13',
  agentVersion: '0.1.0',
  bootId: 'b1',
  confinement: 'watch',
  warnings: [],
  weight: 1,
};

export const at = (offsetMs: number, fact: Fact): Event => ({
  ...fact,
  atMs: timeMs(T0 + offsetMs),
});

export function job(id: number, changes: Partial<Job> = {}): Job {
  return {
    id: jobId(id),
    user: userName('ada'),
    requestId: requestId(`request-${id}`),
    request: REQUEST,
    submittedMs: T0,
    task: undefined,
    pendingTasks: [],
    schedule: undefined,
    restarts: 0,
    failedAttempts: 0,
    state: { kind: 'pending', hold: 'none', eligibleMs: T0, reason: { kind: 'None' } },
    ...changes,
  };
}

export const joined = (name = 'pi1'): Event =>
  at(0, { kind: 'nodeJoined', node: nodeName(name), facts: FACTS, epoch: 1 });
export const submitted = (id: number): Event => at(1, { kind: 'jobSubmitted', job: job(id) });

export function part(cores: readonly number[], node = 'pi1'): Part {
  return {
    node: nodeName(node),
    epoch: 1,
    firstRank: 0,
    ranks: cores.length,
    cores,
    memoryBytes: 2_000_000,
    state: { kind: 'launching', sinceMs: T0, accepted: false, sentMs: T0 },
  };
}

export const allocated = (id: number, cores: readonly number[], attempt = 1): Event =>
  at(2, { kind: 'jobAllocated', job: jobId(id), attempt, parts: [part(cores)] });

export const started = (id: number, attempt = 1): Event =>
  at(3, {
    kind: 'partStarted',
    part: { job: jobId(id), attempt, part: 0 },
    startedMs: timeMs(T0 + 3),
    seen: { incarnation: 1, count: 1 },
    listens: undefined,
  });

export const END: PartEnd = {
  outcome: { kind: 'exited', exit: { code: 0, signal: 0 }, failure: undefined },
  elapsedMs: 500,
  usage: [0, 1].map((rank) => ({
    rank,
    cpuMs: 450,
    peakMemoryBytes: 900_000,
    usefulMs: undefined,
    blockedMs: undefined,
    collectiveCalls: 0,
    bytesSent: 0,
    bytesReceived: 0,
    exit: { code: 0, signal: 0 },
  })),
  output: [
    {
      name: 'rank.0',
      sizeBytes: 3,
      truncated: false,
      content: { kind: 'inline', base64: Buffer.from('hi\n').toString('base64') },
    },
  ],
  files: [],
  result: undefined,
  peakMemoryBytes: 1_800_000,
  throttled: false,
};

export const ended = (id: number, attempt = 1): Event =>
  at(4, {
    kind: 'partEnded',
    part: { job: jobId(id), attempt, part: 0 },
    node: nodeName('pi1'),
    end: END,
  });

export const finished = (id: number): Event =>
  at(5, {
    kind: 'jobFinished',
    job: jobId(id),
    user: userName('ada'),
    end: {
      state: 'COMPLETED',
      exit: { code: 0, signal: 0 },
      reason: 'None',
      message: undefined,
      cancelledBy: undefined,
    },
  });

export const wholeLife = (id: number): Event[] => [
  submitted(id),
  allocated(id, [0, 1]),
  started(id),
  ended(id),
  finished(id),
];
