import { describe, expect, test } from 'vitest';
import { runSeed } from './seededWorld.ts';
import type { Rule } from './rule.ts';

/** `npm run sim:faults` runs thousands; here a few, so that every commit sees some. */
describe('in worlds around the real machine and the real agent', () => {
  test('nothing is lost, nothing runs twice, and every seed has its faults', () => {
    for (let seed = 1; seed <= 20; seed += 1) {
      const { violations, faults } = runSeed(seed, undefined);
      expect({ seed, violations }).toEqual({ seed, violations: [] });
      expect(faults).toBeGreaterThanOrEqual(20);
    }
  });

  test('a second run of a seed has the same trace', () => {
    expect(runSeed(5, undefined).trace).toBe(runSeed(5, undefined).trace);
    expect(runSeed(5, undefined).trace).not.toBe(runSeed(6, undefined).trace);
  });

  const QUICK: readonly Rule[] = ['requestId', 'claim', 'tombstones'];
  test.each(QUICK)('a world without the rule %s is noticed', (rule) => {
    const seeds = Array.from({ length: 20 }, (_, at) => at + 1);
    expect(seeds.some((seed) => runSeed(seed, rule).violations.length > 0)).toBe(true);
  });
});
