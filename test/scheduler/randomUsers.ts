/** Users of a simulated cluster: they submit, cancel, hold, requeue and drain at random. */
import type { Dependency, DependencyTerm } from '../../scheduler/model/dependency.ts';
import { jobId, nodeName, requestId, userName } from '../../scheduler/model/ids.ts';
import type { PartId } from '../../scheduler/model/ids.ts';
import { DEFAULT_SETTINGS } from '../../scheduler/model/defaultSettings.ts';
import type { Settings } from '../../scheduler/model/cluster.ts';
import { POLICY_NAMES } from '../../scheduler/model/cluster.ts';
import type { PartOutcome } from '../../scheduler/model/outcome.ts';
import { drawFaults } from '../../scheduler/sim/faults.ts';
import type { FaultyClusterOptions } from '../../scheduler/sim/faultyCluster.ts';
import { FaultyCluster } from '../../scheduler/sim/faultyCluster.ts';
import type { Random } from '../../scheduler/sim/random.ts';
import { createRandom } from '../../scheduler/sim/random.ts';
import { factsOf, requestOf } from './requests.ts';

export const SMALL_SETTINGS: Settings = {
  ...DEFAULT_SETTINGS,
  silentAfterMs: 12_000,
  downAfterMs: 20_000,
  leaseMs: 40_000,
  killMarginMs: 8_000,
  launchGiveUpMs: 20_000,
};

/** What a program does depends on its job only, so that a rerun does the same. */
function runtimeOf(id: PartId): { runMs: number; outcome: PartOutcome } {
  const random = createRandom(id.job * 7919);
  const runMs = random.whole(100, 30_000);
  const code = random.chance(0.1) ? 3 : 0;
  return { runMs, outcome: { kind: 'exited', exit: { code, signal: 0 }, failure: undefined } };
}

export function createWorld(
  seed: number,
  checkEvery: number,
  world: Partial<FaultyClusterOptions> = {},
): FaultyCluster {
  const random = createRandom(seed);
  const facts = Array.from({ length: random.whole(2, 4) }, (_, node) =>
    factsOf({ hostName: `pi${node}`, coreCount: random.whole(2, 4) }),
  );
  const faults = drawFaults(random);
  const cluster = new FaultyCluster({
    settings: { ...SMALL_SETTINGS, policy: random.pick(POLICY_NAMES) ?? 'fifo' },
    facts,
    random,
    faults,
    runtimeOf,
    checkEvery,
    ...world,
  });
  cluster.run(30_000);
  for (let act = 0; act < 40; act += 1) {
    userActs(cluster, random, act);
    cluster.run(random.whole(10, 8_000));
  }
  return cluster;
}

function userActs(cluster: FaultyCluster, random: Random, act: number): void {
  const by = { user: userName('alice'), role: 'operator' } as const;
  const target = { job: jobId(random.whole(1, act + 1)), task: undefined };
  const node = nodeName(`pi${random.whole(0, 3)}`);
  const whim = random.unit();
  if (whim < 0.08) cluster.request({ kind: 'cancel', replyTo: 0, by, target, signal: undefined });
  else if (whim < 0.12) cluster.request({ kind: 'requeue', replyTo: 0, by, target });
  else if (whim < 0.16) cluster.request({ kind: 'hold', replyTo: 0, by, target });
  else if (whim < 0.2) cluster.request({ kind: 'drain', replyTo: 0, by, node, why: 'whim' });
  else {
    const array = { indexes: [1, 2, 3, 5], throttle: random.chance(0.5) ? 2 : undefined };
    const request = requestOf({
      ranks: random.whole(1, 4),
      requeue: random.chance(0.8),
      array: random.chance(0.15) ? array : undefined,
      ...(random.chance(0.25) && { dependency: dependencyIn(random, act + 1) }),
    });
    cluster.request({ kind: 'submit', replyTo: 0, by, requestId: requestId(`r${act}`), request });
  }
}

/** Parents that ended already, or never were, are refused; that too is a user's life. */
function dependencyIn(random: Random, youngest: number): Dependency {
  const terms = Array.from({ length: random.whole(1, 2) }, (): DependencyTerm => {
    const kind = random.pick(['after', 'afterok', 'afterany', 'afternotok', 'singleton'] as const);
    const job = jobId(random.whole(1, youngest));
    if (kind === undefined || kind === 'singleton') return { kind: 'singleton' };
    return kind === 'after'
      ? { kind, job, task: undefined, delayMs: 0 }
      : { kind, job, task: undefined };
  });
  return { match: random.chance(0.3) ? 'any' : 'all', terms };
}

/** Nothing breaks any more, nothing stays held or drained; enough time for the longest backoff. */
export function bringToRest(cluster: FaultyCluster): void {
  const by = { user: userName('alice'), role: 'operator' } as const;
  cluster.heal();
  cluster.run(60_000);
  for (let round = 0; round < 6; round += 1) {
    for (const name of cluster.scheduler.view.nodes.keys()) {
      cluster.request({ kind: 'resume', replyTo: 0, by, node: name, why: '' });
    }
    for (const id of cluster.scheduler.view.jobs.keys()) {
      const target = { job: id, task: undefined };
      cluster.request({ kind: 'release', replyTo: 0, by, target });
    }
    cluster.run(600_000);
  }
}
