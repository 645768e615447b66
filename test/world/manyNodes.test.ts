import { expect, test } from 'vitest';
import { ANSWER_DEADLINE_MS } from '../../nodeagent/agent/reporting.ts';
import { reportIntervals } from '../../scheduler/machine/reportIntervals.ts';
import { DEFAULT_SETTINGS } from '../../scheduler/model/defaultSettings.ts';
import type { Input } from '../../scheduler/model/input.ts';
import { createRandom } from '../../scheduler/sim/random.ts';
import { factsOf } from '../scheduler/requests.ts';
import { CALM, type Fault } from './faults.ts';
import { runtimeOf } from './users.ts';
import { World } from './world.ts';

/** Five hundred agents and one scheduler, on a network that is a little slow and loses one message in a hundred. */
const NODES = 500;
const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const MOST_REPORTS_PER_S = 50;

function worldOf(faults: readonly Fault[]) {
  const world = new World({
    settings: DEFAULT_SETTINGS,
    facts: Array.from({ length: NODES }, (_, at) => factsOf({ hostName: `pi${at}` })),
    random: createRandom(1),
    plan: { conditions: { ...CALM, maxDelayMs: 200, loss: 0.01, drift: 0.01 }, faults },
    answerDeadlineMs: ANSWER_DEADLINE_MS,
    runtimeOf,
  });
  const reportsMs: number[] = [];
  const step = world.scheduler.step.bind(world.scheduler);
  world.scheduler.step = (input: Input) => {
    if (input.kind === 'nodeReported') reportsMs.push(input.atMs);
    return step(input);
  };
  const beganMs = world.agenda.nowMs();
  return {
    world,
    /** Reports that reached the scheduler in that time, a second. */
    load: (fromMs: number, toMs: number): number => {
      const heard = reportsMs.filter((at) => at >= beganMs + fromMs && at < beganMs + toMs);
      return heard.length / ((toMs - fromMs) / SECOND_MS);
    },
    judged: (kind: 'nodeWentDown' | 'nodeWentSilent'): readonly string[] =>
      world.scheduler.journal.flatMap((event) => (event.kind === kind ? [event.node] : [])),
  };
}

test('500 nodes say no more than 50 things a second, and none is taken for dead', () => {
  const { world, load, judged } = worldOf([]);
  world.run(15 * MINUTE_MS);
  expect(world.scheduler.view.nodes.size).toBe(NODES);
  expect(judged('nodeWentSilent')).toEqual([]);
  // A report that is lost, or whose answer is, is said again.
  const most = MOST_REPORTS_PER_S * 1.1;
  for (let minute = 1; minute < 15; minute += 1) {
    const perS = load(minute * MINUTE_MS, (minute + 1) * MINUTE_MS);
    expect(perS).toBeLessThan(most);
    expect(perS).toBeGreaterThan(MOST_REPORTS_PER_S / 2);
  }
  expect(world.scheduler.broken).toEqual([]);
}, 120_000);

test('the dead are noticed, nobody else, and a scheduler that was away judges nobody by it', () => {
  const cut = (node: number): Fault => ({
    kind: 'powerCut',
    node,
    afterMs: 2 * MINUTE_MS,
    downMs: 60 * MINUTE_MS,
  });
  const away: Fault = {
    kind: 'schedulerCrash',
    point: 'idle',
    afterMs: 6 * MINUTE_MS,
    downMs: 20 * SECOND_MS,
  };
  const dead = [7, 77, 477];
  const { world, load, judged } = worldOf([...dead.map(cut), away]);
  world.run(2 * MINUTE_MS);
  const { downAfterMs } = reportIntervals(world.scheduler.view);
  expect(downAfterMs).toBe(90 * SECOND_MS);
  world.run(downAfterMs + 15 * SECOND_MS);
  const names = dead.map((node) => `pi${node}`);
  expect(judged('nodeWentSilent')).toEqual(expect.arrayContaining(names));
  expect(judged('nodeWentSilent')).toHaveLength(names.length);
  expect(judged('nodeWentDown').toSorted()).toEqual(names.toSorted());
  world.run(8 * MINUTE_MS);
  expect(new Set(judged('nodeWentDown'))).toEqual(new Set(names));
  const down = [...world.scheduler.view.nodes.values()].filter(
    ({ health }) => health.kind !== 'up',
  );
  expect(down.map(({ name }) => String(name)).toSorted()).toEqual(names.toSorted());
  expect(load(10 * MINUTE_MS, 11 * MINUTE_MS)).toBeLessThan(MOST_REPORTS_PER_S * 1.1);
}, 120_000);
