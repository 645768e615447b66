import { expect, test } from 'vitest';
import { analyseSpeedup } from '../../accounting/speedup/analyse.ts';

/**
 * A noisy sweep (f = .05, kappa = .001, 4 % noise) whose every number was computed a second time with
 * SciPy: bounded least squares on ln t from many starts, profiles by Brent's method, the delta method
 * with a dense inverse.
 */
const SWEEP: readonly (readonly [ranks: number, seconds: readonly number[]])[] = [
  [1, [289.46445966716124, 299.41938241981626, 297.3964605706315]],
  [2, [148.75740354854887, 150.46485885869015, 162.6174964912586]],
  [4, [84.43432068846633, 87.52174299627562, 88.67210001786103]],
  [8, [53.71957208098006, 51.42369022668849, 51.74733088665682]],
  [16, [34.91230694450078, 35.98401149191371, 37.40504154526101]],
  [32, [32.134278511863506, 32.03577316826557, 31.453542357231488]],
];
const runs = SWEEP.flatMap(([ranks, times]) =>
  times.map((seconds, index) => ({ id: `${ranks}.${index}`, ranks, seconds })),
);

test('fit, weights, profile, average and envelope agree with an independent implementation', () => {
  const { fit, candidates, predictions, advice } = analyseSpeedup(runs, { predictRanks: [64] });
  expect(candidates.map(({ model, weight }) => `${model} ${weight.toFixed(6)}`)).toEqual([
    'amdahl 0.019393',
    'amdahl+log 0.244403',
    'usl 0.736205',
  ]);
  expect(fit?.model).toBe('usl');
  expect(fit?.f.value).toBeCloseTo(0.0513079, 6);
  expect(fit?.f.interval?.low).toBeCloseTo(0.042044, 5);
  expect(fit?.f.interval?.high).toBeCloseTo(0.0609623, 6);
  expect(fit?.criterion).toBeCloseTo(-77.928474, 5);
  expect(predictions[0]).toMatchObject({
    seconds: expect.closeTo(33.981304, 5),
    interval: { low: expect.closeTo(27.038477, 5), high: expect.closeTo(41.943705, 5) },
  });
  // USL alone peaks at sqrt((1 - f) / kappa) = 33.2, the average at 36.
  expect(advice?.peak?.ranks).toBe(36);
});

test('the profile of the peak contains the peak of the winning model and the truth, 30.8', () => {
  const peak = analyseSpeedup(runs, {}).advice?.peak;
  expect(peak?.interval.low).toBeLessThan(30.8);
  expect(peak?.interval.high).toBeGreaterThan(33.3);
});
