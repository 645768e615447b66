/**
 * A workload through the machine in virtual time, on one flat pool of processors or on nodes.
 * Agents are left out: an allocated job runs at once and ends when its trace says. At one
 * instant first every job that ends then ends, then all submitted then join, then one pass.
 */
import { endPartWithout } from '../machine/attempt.ts';
import { createCluster } from '../machine/cluster.ts';
import { schedulingPass } from '../machine/schedulingPass.ts';
import { submitJob } from '../machine/submission.ts';
import { beginTurn } from '../machine/turn.ts';
import type { Cluster } from '../model/cluster.ts';
import type { PolicyName } from '../model/policyName.ts';
import { DEFAULT_SETTINGS } from '../model/defaultSettings.ts';
import { nodeName, requestId, userName } from '../model/ids.ts';
import type { JobId, PartId } from '../model/ids.ts';
import type { PartOutcome } from '../model/outcome.ts';
import type { JobRequest } from '../model/request.ts';
import { SECOND_MS, timeMs } from '../model/time.ts';
import type { StartedJob } from './score.ts';
import type { Trace, TraceJob } from './swf.ts';

const DONE: PartOutcome = {
  kind: 'exited',
  exit: { code: 0, signal: 0 },
  failure: undefined,
};

export type ReplayOptions = {
  /** The cores of each node; absent: one node has all processors. */
  readonly nodeCores?: readonly number[] | undefined;
  /** Called after every pass that started something. */
  readonly onProgress?: (startedJobs: number) => void;
};

/** In the order of their starts. */
export function replay(
  trace: Trace,
  policy: PolicyName,
  options: ReplayOptions = {},
): readonly StartedJob[] {
  const { nodeCores = [trace.processors], onProgress } = options;
  const cluster = machineOf(nodeCores, policy);
  const started: StartedJob[] = [];
  const running = new Map<number, PartId[]>();
  const ends = createHeap();
  let next = 0;
  for (;;) {
    const submitS = trace.jobs[next]?.submitS ?? Infinity;
    const nowS = Math.min(submitS, ends.first() ?? Infinity);
    if (nowS === Infinity) return started;
    const turn = beginTurn(cluster, timeMs(Math.round(nowS * SECOND_MS)));
    while (ends.first() === nowS) {
      ends.pop();
      for (const id of running.get(nowS) ?? []) endPartWithout(turn, id, DONE);
      running.delete(nowS);
    }
    for (; trace.jobs[next]?.submitS === nowS; next += 1) {
      const job = trace.jobs[next];
      if (job) submitJob(turn, submissionOf(job));
    }
    const first = started.length;
    for (const { id, parts } of passes(cluster, nowS)) {
      const job = trace.jobs[id - 1];
      if (!job) continue;
      const head = cluster.lookup.ready[0];
      started.push({ job, startS: nowS, backfilled: head !== undefined && head < id });
      const endS = nowS + job.runS;
      const ending = running.get(endS);
      if (ending) ending.push(...parts);
      else {
        running.set(endS, [...parts]);
        ends.push(endS);
      }
    }
    if (started.length > first) onProgress?.(started.length);
  }
}

type Allocated = { readonly id: JobId; readonly parts: readonly PartId[] };

/** Scheduling passes until one is finished; a job's id is its place in the trace, from 1. */
function passes(cluster: Cluster, nowS: number): Allocated[] {
  const allocated: Allocated[] = [];
  for (;;) {
    const turn = beginTurn(cluster, timeMs(Math.round(nowS * SECOND_MS)));
    schedulingPass(turn);
    for (const event of turn.events) {
      if (event.kind !== 'jobAllocated') continue;
      const { job, attempt } = event;
      allocated.push({ id: job, parts: event.parts.map((_, part) => ({ job, attempt, part })) });
    }
    if (!turn.effects.some(({ kind }) => kind === 'wakeAt')) return allocated;
  }
}

/** As many nodes of so many cores as it takes; the last one may have fewer. */
export const equalNodes = (processors: number, cores: number): readonly number[] =>
  Array.from({ length: Math.ceil(processors / cores) }, (_, node) =>
    Math.min(cores, processors - node * cores),
  );

function machineOf(nodeCores: readonly number[], policy: PolicyName): Cluster {
  const partitions = [{ name: 'main', maxTimeMs: Infinity }];
  const settings = { ...DEFAULT_SETTINGS, partitions, policy, maxLiveJobs: Infinity };
  const cluster = createCluster(settings, 1);
  const turn = beginTurn(cluster, timeMs(0));
  for (const [at, count] of nodeCores.entries()) {
    const node = nodeName(`n${at + 1}`);
    const cores = Array.from({ length: count }, (_, core) => core);
    const facts = { ...FACTS, hostName: node, cores };
    turn.record({ kind: 'nodeJoined', node, facts, epoch: 1 });
    const heard = {
      atMs: timeMs(0),
      sequence: { incarnation: 1, count: 1 },
      telemetry: TELEMETRY,
    };
    turn.record({ kind: 'nodeHeard', node, heard });
  }
  return cluster;
}

const FACTS = {
  model: 'simulated',
  architecture: 'any',
  memoryBytes: 0,
  operatingSystem: 'any',
  agentVersion: 'none',
  bootId: 'first',
  confinement: 'watch',
  warnings: [],
  weight: 1,
} as const;

const TELEMETRY = {
  load: 0,
  memoryAvailableBytes: 0,
  temperatureMilliC: undefined,
  throttledBits: undefined,
  frequencyHz: undefined,
};

const PAYLOAD: JobRequest['payload'] = {
  params: '',
  environment: {},
  inputs: [],
  outputs: [],
  submitDirectory: '',
  submitHost: '',
};

function submissionOf(job: TraceJob) {
  const { coresPerRank = 1 } = job;
  const user = userName(`u${job.user}`);
  const request: JobRequest = {
    name: `e${job.executable}`,
    program: { kind: 'command', args: [] },
    ranks: job.processors / coresPerRank,
    coresPerRank,
    memoryPerRankBytes: 0,
    timeLimitMs: Math.ceil(job.estimateS * SECOND_MS),
    partition: 'main',
    account: '',
    beginMs: undefined,
    hold: false,
    requeue: false,
    array: undefined,
    size: undefined,
    group: undefined,
    comment: undefined,
    payload: PAYLOAD,
  };
  return { user, requestId: requestId(String(job.number)), request, schedule: undefined };
}

/** Distinct moments, the earliest first. */
function createHeap() {
  const heap: number[] = [];
  return {
    first: (): number | undefined => heap[0],
    push: (value: number): void => {
      let at = heap.length;
      while (at > 0) {
        const up = (at - 1) >> 1;
        const parent = heap[up] ?? 0;
        if (parent <= value) break;
        heap[at] = parent;
        at = up;
      }
      heap[at] = value;
    },
    pop: (): void => {
      const last = heap.pop();
      if (last === undefined || heap.length === 0) return;
      let at = 0;
      for (;;) {
        const left = 2 * at + 1;
        if (left >= heap.length) break;
        const right = left + 1;
        const least = (heap[right] ?? Infinity) < (heap[left] ?? Infinity) ? right : left;
        if ((heap[least] ?? Infinity) >= last) break;
        heap[at] = heap[least] ?? 0;
        at = least;
      }
      heap[at] = last;
    },
  };
}
