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

describe('the event loop as the receive path', () => {
  test.each([
    ['everywhere', [0, 1]],
    ['on one side', [1]],
  ])('%s', async (_, eventLoop) => {
    const partOfRank = [0, 1, 1];
    const outcomes = await hosts.run({ partOfRank, kernel: 'doubles', eventLoop });
    for (const outcome of outcomes) expect(outcome).toMatchObject({ value: [] });
    const params = { seed: 7, programs: 60 };
    const programs = await hosts.run({ partOfRank, kernel: 'pointPrograms', params, eventLoop });
    for (const outcome of programs) expect(outcome).toMatchObject({ value: [] });
  });
});

describe('floating-point results', () => {
  test.each([['000'], ['0011'], ['012'], ['0101']])(
    'are the same bits on every rank and in every run, parts %s',
    async (shape) => {
      const partOfRank = [...shape].map(Number);
      const runs = [];
      for (let run = 0; run < 2; run++) {
        runs.push(...(await hosts.run({ partOfRank, kernel: 'sameBits' })));
      }
      expect(new Set(runs.map(({ value }) => value)).size).toBe(1);
      expect(runs[0]?.value).toMatch(/^[0-9a-f]{64}$/);
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
