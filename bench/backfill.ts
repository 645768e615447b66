/**
 * A scheduling pass over 100,000 queued jobs of 5,000 shapes on a cluster that is 95 % busy,
 * and the answer to one job's end: `npm run bench -- backfill [--nodes N] [--jobs N]`.
 */
import { endPartWithout } from '../scheduler/machine/attempt.ts';
import { createCluster } from '../scheduler/machine/cluster.ts';
import { submitJob } from '../scheduler/machine/submission.ts';
import { beginTurn } from '../scheduler/machine/turn.ts';
import type { Cluster } from '../scheduler/model/cluster.ts';
import { DEFAULT_SETTINGS } from '../scheduler/model/defaultSettings.ts';
import { nodeName, requestId, userName } from '../scheduler/model/ids.ts';
import { HOUR_MS, MINUTE_MS, timeMs } from '../scheduler/model/time.ts';
import { planBackfill } from '../scheduler/policy/backfill.ts';
import { createRandom } from '../scheduler/sim/random.ts';
import type { Random } from '../scheduler/sim/random.ts';
import { factsOf, requestOf, TELEMETRY } from '../test/scheduler/requests.ts';
import { wholeNumberAfter } from './wholeNumberAfter.ts';

const CORES = 4;
const SHAPES = 5_000;
const RESERVED = 1_000;
const REACTIONS = 50;

export type BackfillBench = {
  readonly nodes: number;
  readonly queuedJobs: number;
  readonly fullPassMs: number;
  readonly reactP50Ms: number;
  readonly reactP99Ms: number;
  readonly bytesPerQueuedJob: number;
};

export async function run(argv: string[]): Promise<BackfillBench> {
  const nodes = wholeNumberAfter(argv, '--nodes') ?? 1_050;
  const queuedJobs = wholeNumberAfter(argv, '--jobs') ?? 100_000;
  const random = createRandom(1);
  const cluster = busyCluster(nodes, random);
  const before = process.memoryUsage().heapUsed;
  queue(cluster, queuedJobs, random);
  const bytes = process.memoryUsage().heapUsed - before;
  const atMs = timeMs(HOUR_MS);
  const pass = (): number => {
    const began = performance.now();
    planBackfill(cluster, atMs, { depth: RESERVED });
    return performance.now() - began;
  };
  pass();
  const fullPassMs = pass();
  const reactions: number[] = [];
  for (const id of [...cluster.lookup.active].slice(0, REACTIONS)) {
    const turn = beginTurn(cluster, atMs);
    endPartWithout(turn, { job: id, attempt: 1, part: 0 }, DONE);
    reactions.push(pass());
  }
  reactions.sort((a, b) => a - b);
  const at = (share: number): number => reactions[Math.ceil(share * reactions.length) - 1] ?? 0;
  return {
    nodes,
    queuedJobs,
    fullPassMs: Math.round(fullPassMs),
    reactP50Ms: Math.round(at(0.5) * 10) / 10,
    reactP99Ms: Math.round(at(0.99) * 10) / 10,
    bytesPerQueuedJob: Math.round(bytes / queuedJobs),
  };
}

const DONE = { kind: 'exited', exit: { code: 0, signal: 0 }, failure: undefined } as const;

function busyCluster(nodes: number, random: Random): Cluster {
  const settings = { ...DEFAULT_SETTINGS, maxLiveJobs: Infinity };
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
