/** Large busy clusters and long queues for tests and bench/backfill.ts; everything comes from one seed. */
import { createCluster } from '../../scheduler/machine/cluster.ts';
import { submitJob } from '../../scheduler/machine/submission.ts';
import { beginTurn } from '../../scheduler/machine/turn.ts';
import type { Cluster, Settings } from '../../scheduler/model/cluster.ts';
import { DEFAULT_SETTINGS } from '../../scheduler/model/defaultSettings.ts';
import type { JobId } from '../../scheduler/model/ids.ts';
import { nodeName, requestId, userName } from '../../scheduler/model/ids.ts';
import type { JobRequest } from '../../scheduler/model/request.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS, timeMs } from '../../scheduler/model/time.ts';
import type { Random } from '../../scheduler/sim/random.ts';
import { factsOf, requestOf, TELEMETRY } from './requests.ts';

/**
 * `flat`: single cores without memory, anywhere. `bound`: with memory, on whole nodes, a tenth on
 * nodes with a feature, a tenth in a partition with nodes of its own. `reserved`: as flat, while one
 * reservation of the cluster exists. `limited`: as flat, and every user runs as many jobs as he may.
 */
export const MODES = ['flat', 'bound', 'reserved', 'limited'] as const;
export type Mode = (typeof MODES)[number];

const CORES = 4;
const SHAPES = 5_000;
const USERS = 50;
/** The default of cluster.yaml. */
const RESERVED = 500;
const GIBIBYTE = 2 ** 30;

/** 95 of 100 nodes run a job that holds all their cores. */
export function busyCluster(mode: Mode, nodes: number, random: Random): Cluster {
  const names = Array.from({ length: nodes }, (_, index) => nodeName(`n${index}`));
  const cluster = createCluster(settingsOf(mode, names), 1);
  const turn = beginTurn(cluster, timeMs(0));
  for (const [index, node] of names.entries()) {
    turn.record({ kind: 'nodeJoined', node, epoch: 1, facts: factsOf({ coreCount: CORES }) });
    const heard = { atMs: timeMs(0), sequence: { incarnation: 1, count: 1 }, telemetry: TELEMETRY };
    turn.record({ kind: 'nodeHeard', node, heard });
    if (!random.chance(0.95)) continue;
    const timeLimitMs = random.whole(70, 40_000) * MINUTE_MS;
    const job = submit(cluster, { ranks: CORES, timeLimitMs }, index);
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
  if (mode === 'reserved') {
    const reservation = {
      name: 'course',
      by: 'root',
      startMs: timeMs(DAY_MS),
      durationMs: 2 * HOUR_MS,
      nodes: names.slice(0, 10),
      users: ['ann'],
      accounts: [],
      maintenance: false,
    };
    turn.record({ kind: 'reservationCreated', reservation, changedBy: 'root' });
  }
  if (mode === 'limited') limitToRunning(cluster);
  return cluster;
}

function settingsOf(mode: Mode, names: readonly string[]): Settings {
  const settings = {
    ...DEFAULT_SETTINGS,
    maxLiveJobs: Infinity,
    policy: 'backfill',
    reservations: RESERVED,
  } as const;
  if (mode !== 'bound') return settings;
  const east = names.slice(names.length >> 1);
  const [main] = settings.partitions;
  return {
    ...settings,
    partitions: [...settings.partitions, ...(main ? [{ ...main, name: 'east', nodes: east }] : [])],
    nodes: [{ names: names.filter((_, at) => at % 4 === 0), features: ['nvme'] }],
  } as Settings;
}

/** As many running jobs as each user has are all that he may have. */
function limitToRunning(cluster: Cluster): void {
  const most = Math.min(
    ...[...cluster.lookup.tallies]
      .filter(([key]) => key.startsWith('accountUser'))
      .map(([, { running }]) => running),
  );
  const accounts = [{ name: 'default', perUser: { maxRunningJobs: most } }];
  beginTurn(cluster, timeMs(0)).record({
    kind: 'settingsChanged',
    settings: { ...cluster.settings, accounts },
  });
}

/** A third of the shapes is smaller than a node, a third whole nodes, the rest up to half of all. */
export function queue(mode: Mode, cluster: Cluster, jobs: number, random: Random): void {
  const nodes = cluster.nodes.size;
  const shapes = Array.from({ length: SHAPES }, (_, shape) => ({
    ...(mode === 'bound'
      ? boundShape(shape % 3, nodes, random)
      : flatShape(shape % 3, nodes, random)),
    timeLimitMs: random.whole(5, 4_000) * MINUTE_MS,
  }));
  for (let index = 0; index < jobs; index += 1) {
    const shape = random.pick(shapes);
    if (shape) submit(cluster, shape, nodes + index);
  }
}

function flatShape(third: number, nodes: number, random: Random): Partial<JobRequest> {
  if (third === 0) return { ranks: random.whole(1, CORES - 1) };
  if (third === 1) return { ranks: CORES * random.whole(1, 16) };
  return { ranks: CORES * random.whole(1, Math.floor(nodes / 2)) };
}

/** No node has more than 4 GiB. */
function boundShape(third: number, nodes: number, random: Random): Partial<JobRequest> {
  const memoryPerRankBytes = random.whole(1, 4) * (GIBIBYTE / 4);
  const where = random.unit();
  const only: Partial<JobRequest> =
    where < 0.1
      ? { constraint: { kind: 'feature', feature: 'nvme' } }
      : where < 0.2
        ? { partition: 'east' }
        : {};
  if (third === 0) return { ...only, ranks: random.whole(1, CORES - 1), memoryPerRankBytes };
  if (third === 1) return { ...only, ranks: CORES * random.whole(1, 16), exclusive: true };
  const most = Math.floor(nodes / (where < 0.2 ? 8 : 2));
  return { ...only, ranks: CORES * random.whole(1, most), memoryPerRankBytes };
}

const PAYLOAD = requestOf({}).payload;

function submit(cluster: Cluster, wishes: Partial<JobRequest>, index: number): JobId {
  return submitJob(beginTurn(cluster, timeMs(0)), {
    user: userName(`u${index % USERS}`),
    requestId: requestId(`r${index}`),
    request: { ...requestOf(wishes), payload: PAYLOAD },
    schedule: undefined,
  });
}
