import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startHosts } from './jobs.ts';
import type { Hosts } from './jobs.ts';
import type { MatrixOutcome } from './kernels/matrix.ts';

/** A seeded sample of what `npm run bench -- matrix` tries in full. */

let hosts: Hosts;
beforeAll(() => {
  hosts = startHosts();
});
afterAll(() => hosts.stop());

describe('a sample of every collective x type x operator x size', () => {
  test.each([
    ['0', 0.03],
    ['00', 0.03],
    ['000', 0.01],
    ['01', 0.02],
    ['0011', 0.01],
    ['0120', 0.01],
    ['012301230', 0.003],
  ])('parts %s', async (shape, share) => {
    const partOfRank = [...shape].map(Number);
    const outcomes = await hosts.run({ partOfRank, kernel: 'matrix', params: { seed: 11, share } });
    for (const { value, error } of outcomes) {
      expect(error).toBeUndefined();
      expect((value as MatrixOutcome).wrong).toEqual([]);
    }
  });
});
