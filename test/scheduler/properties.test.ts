import { describe, expect, test } from 'vitest';
import { takeSteps } from './randomSteps.ts';

describe('scheduling, against a reference written to be obviously right', () => {
  test.each(['backfill', 'easy', 'fifo'] as const)(
    '%s gives nothing out twice, to nobody who did not ask for it',
    (policy) => {
      const steps = takeSteps({ steps: 4_000, seed: 1, policy, checkEvery: 5 });
      expect(steps.broken).toEqual([]);
      expect(steps.started).toBeGreaterThan(250);
    },
  );

  test.each([1, 3, Infinity])('no promise is broken at depth %d', (reservations) => {
    for (let seed = 2; seed <= 4; seed += 1) {
      const steps = takeSteps({
        steps: 3_000,
        seed,
        policy: 'backfill',
        reservations,
        checkEvery: 50,
      });
      expect(steps.broken).toEqual([]);
      expect(steps.kept).toBeGreaterThan(500);
    }
  });

  test('a moldable job begins as promised, though more ranks had room for a part of its time', () => {
    const steps = takeSteps({
      steps: 5_000,
      seed: 26,
      policy: 'min-completion',
      reservations: 6,
      checkEvery: 50,
    });
    expect(steps.broken).toEqual([]);
  });

  test('no promise by count alone is broken', () => {
    const steps = takeSteps({
      steps: 5_000,
      seed: 9,
      policy: 'backfill',
      plain: true,
      checkEvery: 50,
    });
    expect(steps.broken).toEqual([]);
    expect(steps.kept).toBeGreaterThan(1_000);
  });
});
