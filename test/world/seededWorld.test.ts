import { describe, expect, test } from 'vitest';
import type { Rule } from './rule.ts';
import { RULES } from './rule.ts';
import { scenarioOf } from './scenarios.ts';
import { runSeed } from './seededWorld.ts';
import { shrink } from './shrink.ts';

/** `npm run sim:faults` runs thousands; here a few, so that every commit sees some. */
describe('in worlds around the real machine and the real agent', () => {
  test('nothing is lost, nothing runs twice, and every seed has its faults', () => {
    for (let seed = 1; seed <= 30; seed += 1) {
      const { violations, faults } = runSeed(seed);
      expect({ seed, violations }).toEqual({ seed, violations: [] });
      expect(faults).toBeGreaterThanOrEqual(20);
    }
  });

  test('a second run of a seed has the same trace', () => {
    expect(runSeed(5).trace).toBe(runSeed(5).trace);
    expect(runSeed(5).trace).not.toBe(runSeed(6).trace);
  });

  test('a node that comes back with a new disk is taken again', () => {
    // Found by this seed: a new disk counts its reports from 1, and was taken for an old message.
    const { violations } = runSeed(106);
    expect(violations).toEqual([]);
  });

  test('a clock that is set forward ends no job before its time', () => {
    expect(runSeed(149).violations).toEqual([]);
  });

  const QUICK: readonly Rule[] = ['requestId', 'claim', 'allOver', 'grace'];
  test.each(QUICK)('a world without the rule %s is noticed', (rule) => {
    const seeds = Array.from({ length: 20 }, (_, at) => at + 1);
    expect(seeds.some((seed) => runSeed(seed, { without: rule }).violations.length > 0)).toBe(true);
  });

  const DIRECTED = RULES.filter((rule) => scenarioOf(rule));
  test.each(DIRECTED)('the scenario for the rule %s breaks without it only', (rule) => {
    const scenario = scenarioOf(rule);
    expect(scenario?.({})).toEqual([]);
    expect(scenario?.({ without: rule })).not.toEqual([]);
  });

  test('a failing seed is shrunk to what it fails by', () => {
    const { left, dropped, violation } = shrink(15, 60, { without: 'grace' });
    expect(left.length).toBeLessThan(dropped.length);
    const again = runSeed(15, { without: 'grace', dropped: new Set(dropped) });
    expect(again.violations[0]).toBe(violation);
  });
});
