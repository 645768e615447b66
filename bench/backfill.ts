/**
 * A scheduling pass of the policy `backfill` over 100,000 queued jobs of 5,000 shapes on a
 * cluster that is 95 % busy, and the answer to one job's end (facts, plan, allocations):
 * `npm run bench -- backfill [--nodes N] [--jobs N]`. Slopes are exponents: time grows as the
 * number of jobs, or of nodes, to that power.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { endPartWithout } from '../scheduler/machine/attempt.ts';
import { createCluster } from '../scheduler/machine/cluster.ts';
import { schedulingPass } from '../scheduler/machine/schedulingPass.ts';
import { submitJob } from '../scheduler/machine/submission.ts';
import { beginTurn } from '../scheduler/machine/turn.ts';
import type { Cluster } from '../scheduler/model/cluster.ts';
import { DEFAULT_SETTINGS } from '../scheduler/model/defaultSettings.ts';
import { nodeName, requestId, userName } from '../scheduler/model/ids.ts';
import { HOUR_MS, MINUTE_MS, timeMs } from '../scheduler/model/time.ts';
import { plan } from '../scheduler/policy/plan.ts';
import { createRandom } from '../scheduler/sim/random.ts';
import type { Random } from '../scheduler/sim/random.ts';
import { factsOf, requestOf, TELEMETRY } from '../test/scheduler/requests.ts';
import { percentile } from './percentile.ts';
import { wholeNumberAfter } from './wholeNumberAfter.ts';

const CORES = 4;
const SHAPES = 5_000;
/** The default of cluster.yaml. */
const RESERVED = 500;
const REACTIONS = 200;

type Measured = {
  readonly nodes: number;
  readonly queuedJobs: number;
  readonly fullPassMs: number;
  readonly reactP50Ms: number;
  readonly reactP99Ms: number;
  readonly bytesPerQueuedJob: number;
  /** CPU time of this process: other programs on the machine do not blur it. */
  readonly fullPassCpuMs: number;
  readonly reactCpuP50Ms: number;
  readonly reactCpuP99Ms: number;
};

export type BackfillBench = Measured & {
  readonly fullPassSlopeByJobs: number;
  readonly fullPassSlopeByNodes: number;
  readonly reactSlopeByJobs: number;
  readonly reactSlopeByNodes: number;
};

const SMALLER = 4;

export async function run(argv: string[]): Promise<BackfillBench> {
  const nodes = wholeNumberAfter(argv, '--nodes') ?? 1_050;
  const queuedJobs = wholeNumberAfter(argv, '--jobs') ?? 100_000;
  measure(Math.ceil(nodes / SMALLER), Math.ceil(queuedJobs / SMALLER));
  const fewerJobs = measure(nodes, Math.ceil(queuedJobs / SMALLER));
  const fewerNodes = measure(Math.ceil(nodes / SMALLER), queuedJobs);
  const whole = measure(nodes, queuedJobs);
  return {
    ...whole,
    fullPassSlopeByJobs: slope(whole.fullPassCpuMs, fewerJobs.fullPassCpuMs),
    fullPassSlopeByNodes: slope(whole.fullPassCpuMs, fewerNodes.fullPassCpuMs),
    reactSlopeByJobs: slope(whole.reactCpuP50Ms, fewerJobs.reactCpuP50Ms),
    reactSlopeByNodes: slope(whole.reactCpuP50Ms, fewerNodes.reactCpuP50Ms),
  };
}

const slope = (whole: number, smaller: number): number =>
  Math.round((100 * Math.log(whole / smaller)) / Math.log(SMALLER)) / 100;

function measure(nodes: number, queuedJobs: number): Measured {
  const random = createRandom(1);
  const cluster = busyCluster(nodes, random);
  const before = heapBytes();
  queue(cluster, queuedJobs, random);
  const bytes = heapBytes() - before;
  const atMs = timeMs(HOUR_MS);
  const full = timed(() => plan(cluster, atMs));
  schedulingPass(beginTurn(cluster, atMs));
  const wall: number[] = [];
  const cpu: number[] = [];
  for (const id of [...cluster.lookup.active].slice(0, REACTIONS)) {
    const reaction = timed(() => {
      const turn = beginTurn(cluster, atMs);
      endPartWithout(turn, { job: id, attempt: 1, part: 0 }, DONE);
      schedulingPass(turn);
    });
    wall.push(reaction.wallMs);
    cpu.push(reaction.cpuMs);
  }
  return {
    nodes,
    queuedJobs,
    fullPassMs: Math.round(full.wallMs),
    reactP50Ms: tenths(percentile(wall, 0.5)),
    reactP99Ms: tenths(percentile(wall, 0.99)),
    bytesPerQueuedJob: Math.round(bytes / queuedJobs),
    fullPassCpuMs: Math.round(full.cpuMs),
    reactCpuP50Ms: tenths(percentile(cpu, 0.5)),
    reactCpuP99Ms: tenths(percentile(cpu, 0.99)),
  };
}

/** What is still referred to: the garbage of before is collected first. */
function heapBytes(): number {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc()');
  return process.memoryUsage().heapUsed;
}

function timed(action: () => unknown): { wallMs: number; cpuMs: number } {
  const cpuBefore = process.cpuUsage();
  const began = performance.now();
  action();
  const wallMs = performance.now() - began;
  const { user, system } = process.cpuUsage(cpuBefore);
  return { wallMs, cpuMs: (user + system) / 1_000 };
}

const tenths = (value: number): number => Math.round(value * 10) / 10;

const DONE = { kind: 'exited', exit: { code: 0, signal: 0 }, failure: undefined } as const;

function busyCluster(nodes: number, random: Random): Cluster {
  const settings = {
    ...DEFAULT_SETTINGS,
    maxLiveJobs: Infinity,
    policy: 'backfill',
    reservations: RESERVED,
  } as const;
  const cluster = createCluster(settings, 1);
  const turn = beginTurn(cluster, timeMs(0));
  for (let index = 0; index < nodes; index += 1) {
    const node = nodeName(`n${index}`);
    turn.record({ kind: 'nodeJoined', node, epoch: 1, facts: factsOf({ coreCount: CORES }) });
    const heard = { atMs: timeMs(0), sequence: { incarnation: 1, count: 1 }, telemetry: TELEMETRY };
    turn.record({ kind: 'nodeHeard', node, heard });
    if (!random.chance(0.95)) continue;
    const job = submit(cluster, CORES, random.whole(70, 40_000) * MINUTE_MS, index);
    const part = {
      node,
      epoch: 1,
      firstRank: 0,
      ranks: CORES,
      cores: [0, 1, 2, 3],
      memoryBytes: 0,
    };
    const state = {
      kind: 'launching',
      sinceMs: timeMs(0),
      accepted: true,
      sentMs: timeMs(0),
    } as const;
    turn.record({ kind: 'jobAllocated', job, attempt: 1, parts: [{ ...part, state }] });
  }
  return cluster;
}

/** A third of the shapes is smaller than a node, a third whole nodes, the rest up to half of all. */
function queue(cluster: Cluster, jobs: number, random: Random): void {
  const shapes = Array.from({ length: SHAPES }, (_, shape) => ({
    cores: coresOf(shape % 3, cluster.nodes.size, random),
    limitMs: random.whole(5, 4_000) * MINUTE_MS,
  }));
  for (let index = 0; index < jobs; index += 1) {
    const shape = random.pick(shapes);
    if (shape) submit(cluster, shape.cores, shape.limitMs, cluster.nodes.size + index);
  }
}

function coresOf(third: number, nodes: number, random: Random): number {
  if (third === 0) return random.whole(1, CORES - 1);
  if (third === 1) return CORES * random.whole(1, 16);
  return CORES * random.whole(1, Math.floor(nodes / 2));
}

const PAYLOAD = requestOf({}).payload;

function submit(cluster: Cluster, ranks: number, timeLimitMs: number, index: number) {
  return submitJob(beginTurn(cluster, timeMs(0)), {
    user: userName(`u${index % 50}`),
    requestId: requestId(`r${index}`),
    request: { ...requestOf({ ranks, timeLimitMs }), payload: PAYLOAD },
    schedule: undefined,
  });
}
