import { expect, test } from 'vitest';
import { seededRandom } from '../../accounting/numeric/seededRandom.ts';
import { COVERAGE_DEFAULTS, simulateCoverage } from '../../accounting/speedup/coverage.ts';

test('the promises of the intervals and of the average hold in the shipped simulation', () => {
  const result = simulateCoverage({ ...COVERAGE_DEFAULTS, sets: 600 });
  expect(result.coverageF).toBeGreaterThan(0.93);
  expect(result.coverageF).toBeLessThan(0.97);
  expect(result.errorAveraged).toBeLessThan(0.5 * result.errorAmdahlOnly);
});

test('the same seed gives the same result, another seed another', () => {
  const small = { ...COVERAGE_DEFAULTS, sets: 30 };
  expect(simulateCoverage(small)).toEqual(simulateCoverage(small));
  expect(simulateCoverage({ ...small, seed: 1 })).not.toEqual(simulateCoverage(small));
});

test('normal deviates have mean 0 and variance 1', () => {
  const random = seededRandom(1);
  const values = Array.from({ length: 20_000 }, () => random.normal());
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  expect(Math.abs(mean)).toBeLessThan(0.03);
  expect(Math.abs(variance - 1)).toBeLessThan(0.04);
});
