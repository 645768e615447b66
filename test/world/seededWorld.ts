/** One seed, one world with the real machine and the real agent: what broke, and its trace. */
import { jobStateName } from '../../scheduler/model/stateName.ts';
import { timeMs } from '../../scheduler/model/time.ts';
import type { Wish } from './users.ts';
import { bringToRest, createWorld } from './users.ts';
import type { World } from './world.ts';

export type SeededWorld = {
  readonly seed: number;
  readonly faults: number;
  readonly jobs: number;
  readonly violations: readonly string[];
  /** sha256 of every delivery, process and committed event. */
  readonly trace: string;
};

export function runSeed(seed: number, wish: Wish = {}): SeededWorld {
  const world = createWorld(seed, wish);
  bringToRest(world);
  const submitted = submittedJobs(world);
  return {
    seed,
    faults: world.faultCount,
    jobs: submitted.size,
    violations: violationsOf(world),
    trace: world.traceHash(),
  };
}

/** Everything that a world at rest shows to be wrong. */
export function violationsOf(world: World): readonly string[] {
  world.scheduler.check(timeMs(world.agenda.nowMs()));
  return [
    ...world.scheduler.broken,
    ...world.observer.broken,
    ...brokenSubmits(world.clients.acknowledged, submittedJobs(world)),
    ...world.clients.reused,
    ...unrest(world),
  ];
}

function submittedJobs(world: World): ReadonlyMap<string, number> {
  const submitted = new Map<string, number>();
  for (const event of world.scheduler.journal) {
    if (event.kind === 'jobSubmitted') submitted.set(event.job.requestId, event.job.id);
  }
  return submitted;
}

/** 18: after faults stop every job ends, and nodes and scheduler agree. */
function unrest(world: World): string[] {
  const { view } = world.scheduler;
  return [
    ...[...view.jobs.values()].map((job) => `job ${job.id} never ends: ${jobStateName(job)}`),
    ...world.observer.living().map((key) => `${key} never ends`),
    ...world.nodes.flatMap(({ name, owed }) =>
      owed.map((key) => `${name} still owes the end of ${key}`),
    ),
    ...[...view.nodes.values()].flatMap(({ name, health }) =>
      health.kind === 'up' ? [] : [`${name} stays ${health.kind}`],
    ),
  ];
}

/** An acknowledged submit is in the journal as one job, under the id that the user was told. */
function brokenSubmits(
  acknowledged: ReadonlyMap<string, ReadonlySet<number>>,
  submitted: ReadonlyMap<string, number>,
): string[] {
  const broken: string[] = [];
  for (const [request, jobs] of acknowledged) {
    const same = [...submitted.keys()].filter(
      (id) => id === request || id.startsWith(`${request}-`),
    );
    if (jobs.size !== 1 || same.length > 1) broken.push(`request ${request} became several jobs`);
    const journalled = submitted.get(same[0] ?? '');
    if (same.length === 0) broken.push(`acknowledged request ${request} was lost`);
    else if (journalled === undefined || !jobs.has(journalled)) {
      broken.push(`request ${request} is another job than was acknowledged`);
    }
  }
  return broken;
}
