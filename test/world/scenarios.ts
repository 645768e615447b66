/**
 * Directed worlds for rules whose absence random seeds seldom notice: two nodes of one core, one
 * job, and just the mishap that the rule is for. With the rule nothing is broken.
 */
import { jobId, nodeName, requestId, userName } from '../../scheduler/model/ids.ts';
import { createRandom } from '../../scheduler/sim/random.ts';
import { EXITED_WELL, factsOf, requestOf } from '../scheduler/requests.ts';
import type { Fault } from './faults.ts';
import { CALM } from './faults.ts';
import type { Rule } from './rule.ts';
import { violationsOf } from './seededWorld.ts';
import { bringToRest, SMALL_SETTINGS } from './users.ts';
import type { Wish } from './users.ts';
import { World } from './world.ts';

/** What was broken. */
export type Scenario = (wish: Wish) => readonly string[];

const RUN_MS = 120_000;
/** When nodes have joined. */
const READY_MS = 20_000;

function worldOf({ without }: Wish, faults: readonly Fault[]): World {
  return new World({
    settings: SMALL_SETTINGS,
    facts: ['pi0', 'pi1'].map((hostName) => factsOf({ hostName, coreCount: 1 })),
    random: createRandom(1),
    plan: { conditions: CALM, faults },
    without,
    runtimeOf: () => ({ runMs: RUN_MS, outcome: EXITED_WELL }),
  });
}

const by = { user: userName('alice'), role: 'operator' } as const;

/** pi1 takes part once the job runs on pi0. */
function submitTo(world: World, options: { readonly requeue: boolean }): void {
  const drained = { kind: 'drain', replyTo: 0, by, node: nodeName('pi1'), why: 'later' } as const;
  world.clients.request(drained);
  world.run(1_000);
  const request = requestOf(options);
  world.clients.request({ kind: 'submit', replyTo: 0, by, requestId: requestId('one'), request });
  world.run(5_000);
  world.clients.request({ kind: 'resume', replyTo: 0, by, node: nodeName('pi1'), why: '' });
}

function atRest(world: World): readonly string[] {
  bringToRest(world);
  return violationsOf(world);
}

/** A job waits when the backup is taken, and runs on pi0 when it is restored. */
function restored(wish: Wish, faults: readonly Fault[]): readonly string[] {
  const restore = { kind: 'restore', afterMs: READY_MS + 10_000, ageMs: 8_000 } as const;
  const world = worldOf(wish, [...faults, { ...restore, downMs: 1_000 }]);
  const order = (kind: 'drain' | 'resume', node: string): void =>
    world.clients.request({ kind, replyTo: 0, by, node: nodeName(node), why: 'later' });
  world.run(READY_MS);
  for (const node of ['pi0', 'pi1']) order('drain', node);
  world.run(1_000);
  const request = requestOf({});
  world.clients.request({ kind: 'submit', replyTo: 0, by, requestId: requestId('one'), request });
  world.run(2_000);
  order('resume', 'pi0');
  world.run(9_000);
  order('resume', 'pi1');
  world.run(60_000);
  return world.observer.broken;
}

const SCENARIOS: Partial<Record<Rule, Scenario>> = {
  /** The order of the first attempt arrives after its node was rebooted and given up. */
  epoch: (wish) => {
    const cut = { kind: 'powerCut', afterMs: READY_MS + 4_000, node: 0, downMs: 3_000 } as const;
    const world = worldOf(wish, [cut]);
    world.network.holdBack(({ what }) => {
      if (what === 'launchPart 1.1.0') return 40_000;
      return what === 'endPart 1.1.0' ? 10_000 : 0;
    });
    world.run(READY_MS);
    submitTo(world, { requeue: true });
    world.run(60_000);
    return atRest(world);
  },
  /** The scheduler's database is a new one; the node still holds what the old one ordered. */
  fence: (wish) => {
    const world = worldOf(wish, []);
    world.run(READY_MS);
    submitTo(world, { requeue: false });
    world.scheduler.forgetEverything();
    world.run(60_000);
    return world.observer.broken;
  },
  /** The node is cut off for longer than its lease, its programs would run on. */
  lease: (wish) => {
    const at = { afterMs: READY_MS + 10_000, node: 0 };
    const world = worldOf(wish, [{ kind: 'partition', way: 'both', forMs: 200_000, ...at }]);
    world.run(READY_MS);
    submitTo(world, { requeue: true });
    world.run(100_000);
    return atRest(world);
  },
  /** What runs on pi0 is suspended, and its node cut off for so long that it runs again on pi1. */
  stopped: (wish) => {
    const at = { afterMs: READY_MS + 20_000, node: 0 };
    const world = worldOf(wish, [{ kind: 'partition', way: 'both', forMs: 80_000, ...at }]);
    world.run(READY_MS);
    submitTo(world, { requeue: true });
    const target = { job: jobId(1), task: undefined };
    world.clients.request({ kind: 'suspend', replyTo: 0, by, target });
    world.run(120_000);
    return atRest(world);
  },
  /** The agent is dead for longer than its lease. */
  hostLease: (wish) => {
    const at = { afterMs: READY_MS + 10_000, node: 0 };
    const world = worldOf(wish, [{ kind: 'agentCrash', downMs: 200_000, ...at }]);
    world.run(READY_MS);
    submitTo(world, { requeue: true });
    world.run(100_000);
    return atRest(world);
  },
  /** The job started after the backup was taken, and starts elsewhere after the restore. */
  generation: (wish) => restored(wish, []),
  /** Its node is cut off during the restore. */
  restoreWait: (wish) =>
    restored(wish, [
      { kind: 'partition', afterMs: READY_MS + 9_000, way: 'both', node: 0, forMs: 20_000 },
    ]),
  /** The last answer before a long cut was long on its way. */
  sentTime: (wish) => {
    const at = { afterMs: READY_MS + 30_000, node: 0 };
    const world = worldOf(wish, [{ kind: 'partition', way: 'up', forMs: 200_000, ...at }]);
    world.network.holdBack(({ end, what }) =>
      end === 'pi0' && what.startsWith('answer') ? 9_900 : 0,
    );
    world.run(READY_MS);
    submitTo(world, { requeue: true });
    world.run(150_000);
    return atRest(world);
  },
};

export const scenarioOf = (rule: Rule): Scenario | undefined => SCENARIOS[rule];
