/** Users of a simulated cluster: they submit, cancel, hold, requeue and drain at random. */
import { DEFAULT_SETTINGS } from '../../scheduler/model/defaultSettings.ts';
import type { Dependency, DependencyTerm } from '../../scheduler/model/dependency.ts';
import type { PartId } from '../../scheduler/model/ids.ts';
import { jobId, nodeName, requestId, userName } from '../../scheduler/model/ids.ts';
import type { Settings } from '../../scheduler/model/cluster.ts';
import { POLICY_NAMES } from '../../scheduler/model/policyName.ts';
import type { JobChanges } from '../../scheduler/model/jobChanges.ts';
import type { PartOutcome } from '../../scheduler/model/outcome.ts';
import type { Random } from '../../scheduler/sim/random.ts';
import { createRandom } from '../../scheduler/sim/random.ts';
import { factsOf, requestOf } from '../scheduler/requests.ts';
import type { FaultPlan } from './faults.ts';
import { CALM, drawFaults } from './faults.ts';
import type { Rule } from './rule.ts';
import { World } from './world.ts';

export const SMALL_SETTINGS: Settings = {
  ...DEFAULT_SETTINGS,
  silentAfterMs: 12_000,
  downAfterMs: 20_000,
  leaseMs: 40_000,
  killMarginMs: 8_000,
  launchGiveUpMs: 20_000,
};

/** What a program does depends on its job only, so that a rerun does the same. */
export function runtimeOf(id: PartId): { runMs: number; outcome: PartOutcome } {
  const random = createRandom(id.job * 7919);
  const long = random.chance(0.25);
  const runMs = long ? random.whole(45_000, 150_000) : random.whole(100, 30_000);
  const code = random.chance(0.1) ? 3 : 0;
  return { runMs, outcome: { kind: 'exited', exit: { code, signal: 0 }, failure: undefined } };
}

/** Names of what a world shall leave out: `f3` is its fault 3, `u12` its user's act 12, `o12` its operator's. */
export type Dropped = ReadonlySet<string>;
export type Wish = { readonly without?: Rule | undefined; readonly dropped?: Dropped };

const WARM_UP_MS = 30_000;
const ACTS = 40;
const LONGEST_GAP_MS = 8_000;

/** All that may be dropped from a world, in the order in which it happens. */
export function itemsOf(seed: number): readonly string[] {
  const { faults } = planOf(seed, settingOf(seed).facts.length, new Set());
  return [
    'loss',
    'duplication',
    'delay',
    'stragglers',
    'drift',
    ...faults.map((_, index) => `f${index}`),
    ...Array.from({ length: ACTS }, (_, act) => `u${act}`),
    ...Array.from({ length: ACTS }, (_, act) => `o${act}`),
  ];
}

function planOf(seed: number, nodes: number, dropped: Dropped): FaultPlan {
  const spanMs = WARM_UP_MS + (ACTS * LONGEST_GAP_MS) / 2;
  const { conditions, faults } = drawFaults(seed, { nodes, spanMs });
  return {
    conditions: {
      loss: dropped.has('loss') ? 0 : conditions.loss,
      duplication: dropped.has('duplication') ? 0 : conditions.duplication,
      maxDelayMs: dropped.has('delay') ? CALM.maxDelayMs : conditions.maxDelayMs,
      stragglers: dropped.has('stragglers') ? 0 : conditions.stragglers,
      drift: dropped.has('drift') ? 0 : conditions.drift,
    },
    faults: faults.filter((_, index) => !dropped.has(`f${index}`)),
  };
}

function settingOf(seed: number) {
  const random = createRandom(seed);
  const facts = Array.from({ length: random.whole(2, 4) }, (_, node) =>
    factsOf({ hostName: `pi${node}`, coreCount: random.whole(2, 4) }),
  );
  return { facts, policy: random.pick(POLICY_NAMES) ?? 'fifo' };
}

/** The world of a seed after its users' last act. */
export function createWorld(seed: number, { without, dropped = new Set() }: Wish = {}): World {
  const { facts, policy } = settingOf(seed);
  const world = new World({
    settings: { ...SMALL_SETTINGS, policy },
    facts,
    random: createRandom(seed ^ 0xa11ce),
    plan: planOf(seed, facts.length, dropped),
    without,
    runtimeOf,
  });
  world.run(WARM_UP_MS);
  for (let act = 0; act < ACTS; act += 1) {
    const random = createRandom(seed * 1_009 + act);
    const gapMs = random.whole(10, LONGEST_GAP_MS);
    if (!dropped.has(`u${act}`)) userActs(world, random, act);
    if (!dropped.has(`o${act}`)) operatorActs(world, createRandom(seed * 2_003 + act));
    world.run(gapMs);
  }
  return world;
}

/** Of jobs that run now and then; others are refused. */
function operatorActs(world: World, random: Random): void {
  const by = { user: userName('ops'), role: 'operator' } as const;
  const active = [...world.scheduler.view.lookup.active];
  for (const kind of ['suspend', 'resumeJob'] as const) {
    const job = random.pick(active);
    if (job === undefined || !random.chance(0.3)) continue;
    world.clients.request({ kind, replyTo: 0, by, target: { job, task: undefined } });
  }
}

function userActs(world: World, random: Random, act: number): void {
  const by = { user: userName('alice'), role: 'operator' } as const;
  const target = { job: jobId(random.whole(1, act + 1)), task: undefined };
  const node = nodeName(`pi${random.whole(0, 3)}`);
  const whim = random.unit();
  if (whim < 0.08)
    world.clients.request({ kind: 'cancel', replyTo: 0, by, target, signal: undefined });
  else if (whim < 0.12) world.clients.request({ kind: 'requeue', replyTo: 0, by, target });
  else if (whim < 0.16) world.clients.request({ kind: 'hold', replyTo: 0, by, target });
  else if (whim < 0.2) world.clients.request({ kind: 'drain', replyTo: 0, by, node, why: 'whim' });
  else if (whim < 0.26)
    world.clients.request({
      kind: 'update',
      replyTo: 0,
      by,
      target,
      changes: changesIn(random, act),
    });
  else {
    const array = { indexes: [1, 2, 3, 5], throttle: random.chance(0.5) ? 2 : undefined };
    const request = requestOf({
      ranks: random.whole(1, 4),
      timeLimitMs: random.chance(0.2) ? 20_000 : 3_600_000,
      requeue: random.chance(0.8),
      array: random.chance(0.15) ? array : undefined,
      ...(random.chance(0.25) && { dependency: dependencyIn(random, act + 1) }),
    });
    world.clients.request({
      kind: 'submit',
      replyTo: 0,
      by,
      requestId: requestId(`r${act}`),
      request,
    });
  }
}

/** Of a job that waits, runs or is over: then it is refused. */
function changesIn(random: Random, act: number): JobChanges {
  const dependency = dependencyIn(random, act + 1);
  const set = random.pick<JobChanges['set']>([
    { ranks: random.whole(1, 4) },
    { timeLimitMs: random.pick([20_000, 600_000]) ?? 20_000 },
    { name: 'other', nice: random.whole(-5, 5) },
    { dependency },
  ]);
  const clear = random.chance(0.2) ? (['dependency'] as const) : [];
  const throttle = random.chance(0.2) ? { throttle: random.whole(0, 3) } : {};
  return { set: clear.length > 0 ? {} : (set ?? {}), clear, ...throttle };
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

/** Longer than the longest backoff after the requeues that a job may have. */
const LONGEST_REST_MS = 3_600_000;
const ROUND_MS = 30_000;

/** Nothing breaks any more, nothing stays held or drained; ends when nobody owes anybody anything. */
export function bringToRest(world: World): void {
  const by = { user: userName('alice'), role: 'operator' } as const;
  world.heal();
  world.run(60_000);
  for (let rested = 0; rested < LONGEST_REST_MS && !isAtRest(world); rested += ROUND_MS) {
    const { nodes, jobs } = world.scheduler.view;
    for (const { name, drains } of nodes.values()) {
      if (drains.length === 0) continue;
      world.clients.request({ kind: 'resume', replyTo: 0, by, node: name, why: '' });
    }
    for (const { id, state } of jobs.values()) {
      const suspended = state.kind === 'active' && state.attempt.suspension !== undefined;
      if (suspended) {
        const target = { job: id, task: undefined };
        world.clients.request({ kind: 'resumeJob', replyTo: 0, by, target });
      }
      if (state.kind !== 'pending' || state.hold === 'none') continue;
      const target = { job: id, task: undefined };
      if (state.hold === 'restored') {
        world.clients.request({ kind: 'cancel', replyTo: 0, by, target, signal: undefined });
        continue;
      }
      world.clients.request({
        kind: 'release',
        replyTo: 0,
        by,
        target,
      });
    }
    world.run(ROUND_MS);
  }
}

/** Every job is over, and nodes and scheduler agree. */
function isAtRest({ scheduler, nodes: all, observer }: World): boolean {
  const { jobs, nodes } = scheduler.view;
  const owes = all.some(({ owed }) => owed.length > 0);
  const isUp = [...nodes.values()].every(({ health, heard }) => health.kind === 'up' && heard);
  return jobs.size === 0 && !owes && isUp && observer.living().length === 0;
}
