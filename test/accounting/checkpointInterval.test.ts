import { describe, expect, test } from 'vitest';
import {
  adviseCheckpoints,
  dalyInterval,
  lostShare,
  nodeMtbf,
  youngInterval,
} from '../../accounting/checkpointInterval.ts';
import { seededRandom } from '../../accounting/numeric/seededRandom.ts';

const DAY = 86_400;
/** From a millionth of the time between failures to half of it. */
const COSTS = [1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 0.05, 0.1, 0.25, 0.5];
/** How much longer the job takes than its work. */
const stretch = (share: number): number => 1 / (1 - share);

describe('the interval', () => {
  test('by hand', () => {
    // sqrt(2 x 2 x 10000) = 200; 200 x (1 + 0.01 / 3 + 0.0001 / 9) - 2.
    expect(youngInterval({ costS: 2, mtbfS: 10_000 })).toBe(200);
    expect(dalyInterval({ costS: 2, mtbfS: 10_000 })).toBeCloseTo(198.668_889, 6);
    // sqrt(1600) = 40; 40 x (1 + 0.2 / 3 + 0.04 / 9) - 8.
    expect(dalyInterval({ costS: 8, mtbfS: 100 })).toBeCloseTo(34.844_444, 6);
    expect([20, 30].map((costS) => dalyInterval({ costS, mtbfS: 10 }))).toEqual([10, 10]);
  });

  test('nothing within a factor of a hundred takes 1 % less time', () => {
    for (const costS of COSTS) {
      const cost = { costS, mtbfS: 1 };
      const daly = dalyInterval(cost);
      const here = stretch(lostShare(cost, daly));
      for (let factor = 0.01; factor < 100; factor *= 1.02)
        expect(here).toBeLessThan(1.01 * stretch(lostShare(cost, daly * factor)));
    }
  });

  test("Young's is the minimum of the first order of what is lost", () => {
    const [costS, mtbfS] = [3, 5e6];
    const young = youngInterval({ costS, mtbfS });
    const first = (workS: number): number => costS / workS + workS / (2 * mtbfS);
    for (const factor of [0.5, 0.9, 0.99, 1.01, 1.1, 2]) {
      expect(first(young)).toBeLessThan(first(young * factor));
      expect(lostShare({ costS, mtbfS }, young * factor)).toBeCloseTo(first(young * factor), 5);
    }
  });

  test('what is lost is what a job loses that fails at random times', () => {
    for (const [costS, mtbfS, workS] of [
      [1, 100, 14],
      [5, 50, 5],
      [2, 20, 60],
    ] as const) {
      const share = lostShare({ costS, mtbfS }, workS);
      expect(Math.abs(simulatedLoss({ costS, mtbfS }, workS) - share)).toBeLessThan(0.01);
    }
  });

  test('no work between two checkpoints loses everything, as does too much of it', () => {
    expect(lostShare({ costS: 1, mtbfS: 10 }, 0)).toBe(1);
    expect(lostShare({ costS: 1, mtbfS: 10 }, 1e6)).toBe(1);
  });
});

/** 40,000 stretches of work and checkpoint, each tried until none of the failures meets it. */
function simulatedLoss(cost: { costS: number; mtbfS: number }, workS: number): number {
  const { uniform } = seededRandom(7);
  const many = 40_000;
  let time = 0;
  for (let done = 0; done < many; ) {
    const failsAfter = -cost.mtbfS * Math.log(1 - uniform());
    time += Math.min(failsAfter, workS + cost.costS);
    if (failsAfter >= workS + cost.costS) done += 1;
  }
  return 1 - (many * workS) / time;
}

describe('the mean time between failures', () => {
  test('is counted, bounded where none was seen, and unknown after less than a day', () => {
    expect(nodeMtbf({ nodeS: 82 * DAY, losses: 2 })).toEqual({
      how: 'measured',
      seconds: 41 * DAY,
    });
    expect(nodeMtbf({ nodeS: 12 * DAY, losses: 0 })).toEqual({ how: 'atLeast', seconds: 4 * DAY });
    expect(nodeMtbf({ nodeS: DAY - 1, losses: 3 })).toBeUndefined();
    expect(nodeMtbf({ nodeS: NaN, losses: 0 })).toBeUndefined();
    // A rate at the bound shows no failure with 5 %.
    const bound = nodeMtbf({ nodeS: 12 * DAY, losses: 0 })?.seconds ?? 0;
    expect(Math.exp((-12 * DAY) / bound)).toBeCloseTo(0.05, 3);
  });
});

test('advice: a job of four nodes fails four times as often', () => {
  const seen = { nodeS: 82 * DAY, losses: 2 };
  const job = { costS: 0.8, everyS: 95 };
  const [one, four] = [1, 4].map((nodes) => adviseCheckpoints({ ...job, nodes }, seen));
  // Young: sqrt(2 x 0.8 x 41 days) = 2380.7 s, four nodes half of it.
  expect(one?.everyS).toBeCloseTo(2_381, -1);
  expect(four?.everyS).toBeCloseTo(1_190.5, -1);
  expect(one?.lostNow).toBeCloseTo(0.8 / 95, 4);
  expect(one?.lost).toBeCloseTo(2 * (0.8 / 2_381), 5);
  expect(adviseCheckpoints({ ...job, nodes: 1 }, { nodeS: 600, losses: 1 })).toBeUndefined();
});
