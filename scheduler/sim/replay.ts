/**
 * A recorded workload through the machine in virtual time, on one flat pool of processors.
 * Agents are left out: an allocated job runs at once and ends when its trace says. At one
 * instant first every job that ends then ends, then all submitted then join, then one pass.
 */
import { endPartWithout } from '../machine/attempt.ts';
import { createCluster } from '../machine/cluster.ts';
import { schedulingPass } from '../machine/schedulingPass.ts';
import { submitJob } from '../machine/submission.ts';
import { beginTurn } from '../machine/turn.ts';
import type { Cluster, PolicyName } from '../model/cluster.ts';
import { DEFAULT_SETTINGS } from '../model/defaultSettings.ts';
import { nodeName, requestId, userName } from '../model/ids.ts';
import type { PartId } from '../model/ids.ts';
import type { PartOutcome } from '../model/outcome.ts';
import type { JobRequest } from '../model/request.ts';
import { SECOND_MS, timeMs } from '../model/time.ts';
import type { StartedJob } from './score.ts';
import type { Trace, TraceJob } from './swf.ts';

const POOL = nodeName('pool');
const DONE: PartOutcome = {
  kind: 'exited',
  exit: { code: 0, signal: 0 },
  failure: undefined,
};

/** In the order of their starts. */
export function replay(trace: Trace, policy: PolicyName): readonly StartedJob[] {
  const cluster = poolOf(trace.processors, policy);
  const started: StartedJob[] = [];
  const running = new Map<number, PartId[]>();
  const ends = createHeap();
  let next = 0;
  for (;;) {
    const submitS = trace.jobs[next]?.submitS ?? Infinity;
    const nowS = Math.min(submitS, ends.first() ?? Infinity);
    if (nowS === Infinity) return started;
    const turn = beginTurn(cluster, timeMs(nowS * SECOND_MS));
    while (ends.first() === nowS) {
      ends.pop();
      for (const id of running.get(nowS) ?? []) endPartWithout(turn, id, DONE);
      running.delete(nowS);
    }
    for (; trace.jobs[next]?.submitS === nowS; next += 1) {
      const job = trace.jobs[next];
      if (job) submitJob(turn, submissionOf(job));
    }
    for (const { id, number } of passes(cluster, nowS)) {
      const job = trace.jobs[number];
      if (!job) continue;
      const first = cluster.lookup.ready[0];
      started.push({ job, startS: nowS, backfilled: first !== undefined && first < id.job });
      const endS = nowS + job.runS;
      const ending = running.get(endS);
      if (ending) ending.push(id);
      else {
        running.set(endS, [id]);
        ends.push(endS);
      }
    }
  }
}

/** Scheduling passes until one is finished; the allocated parts and their places in the trace. */
function passes(cluster: Cluster, nowS: number): { id: PartId; number: number }[] {
  const allocated: { id: PartId; number: number }[] = [];
  for (;;) {
    const turn = beginTurn(cluster, timeMs(nowS * SECOND_MS));
    schedulingPass(turn);
    for (const event of turn.events) {
      if (event.kind !== 'jobAllocated') continue;
      const id = { job: event.job, attempt: event.attempt, part: 0 };
      allocated.push({ id, number: event.job - 1 });
    }
    if (!turn.effects.some(({ kind }) => kind === 'wakeAt')) return allocated;
  }
}

function poolOf(processors: number, policy: PolicyName): Cluster {
  const cluster = createCluster({ ...DEFAULT_SETTINGS, policy }, 1);
  const turn = beginTurn(cluster, timeMs(0));
  const cores = Array.from({ length: processors }, (_, core) => core);
  const facts = {
    hostName: POOL,
    model: 'flat pool',
    architecture: 'any',
    cores,
    memoryBytes: 0,
    operatingSystem: 'any',
    agentVersion: 'none',
    bootId: 'first',
    confinement: 'watch',
    warnings: [],
    weight: 1,
  } as const;
  turn.record({ kind: 'nodeJoined', node: POOL, facts, epoch: 1 });
  const telemetry = {
    load: 0,
    memoryAvailableBytes: 0,
    temperatureMilliC: undefined,
    throttledBits: undefined,
    frequencyHz: undefined,
  };
  const heard = { atMs: timeMs(0), sequence: { incarnation: 1, count: 1 }, telemetry };
  turn.record({ kind: 'nodeHeard', node: POOL, heard });
  return cluster;
}

const PAYLOAD: JobRequest['payload'] = {
  params: '',
  environment: {},
  inputs: [],
  outputs: [],
  submitDirectory: '',
  submitHost: '',
};

function submissionOf(job: TraceJob) {
  const user = userName(`u${job.user}`);
  const request: JobRequest = {
    name: `e${job.executable}`,
    program: { kind: 'command', args: [] },
    ranks: job.processors,
    coresPerRank: 1,
    memoryPerRankBytes: 0,
    timeLimitMs: job.estimateS * SECOND_MS,
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
