import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startHosts } from './jobs.ts';
import type { Hosts } from './jobs.ts';

/** Every collective, on real host processes, in many shapes of ranks and parts. */

let hosts: Hosts;
beforeAll(() => {
  hosts = startHosts();
});
afterAll(() => hosts.stop());

const SHAPES: readonly (readonly number[])[] = [
  [0],
  [0, 0],
  [0, 0, 0],
  [0, 0, 0, 0, 0],
  [0, 1],
  [0, 0, 1],
  [1, 0, 1, 0],
  [0, 1, 2],
  [0, 0, 1, 1, 2, 2],
];

describe('every collective agrees with a serial reference', () => {
  test.each(SHAPES.map((shape) => [shape.join(''), shape] as const))(
    'parts %s',
    async (_, shape) => {
      const outcomes = await hosts.run({ partOfRank: shape, kernel: 'everyCollective' });
      for (const outcome of outcomes) {
        expect(outcome).toMatchObject({ value: [] });
        expect(outcome.error).toBeUndefined();
        expect(outcome.calls).toBeGreaterThan(100);
      }
      expect(outcomes).toHaveLength(shape.length);
    },
  );
});

describe('random point-to-point programs', () => {
  test.each([
    ['00', 300],
    ['0000', 150],
    ['01', 200],
    ['0011', 100],
    ['012', 100],
  ])('parts %s', async (shape, programs) => {
    const partOfRank = [...shape].map(Number);
    const params = { seed: 42, programs };
    const outcomes = await hosts.run({ partOfRank, kernel: 'pointPrograms', params });
    for (const outcome of outcomes) expect(outcome).toMatchObject({ value: [] });
  });
});
