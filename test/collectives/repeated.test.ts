import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startHosts } from './jobs.ts';
import type { Hosts } from './jobs.ts';

/** Calls that are made again with the same arrays take quicker paths. */
let hosts: Hosts;
beforeAll(() => {
  hosts = startHosts();
});
afterAll(() => hosts.stop());

describe('the same calls again', () => {
  test.each([
    ['00', [1, 5, 1024, 1025, 8193, 40_000]],
    ['000', [1, 7, 1025, 10_000]],
    ['0000', [3, 1024, 9000]],
    ['01', [1, 1025]],
    ['0101', [1, 1025]],
  ])('parts %s', async (shape, lengths) => {
    const partOfRank = [...shape].map(Number);
    const params = { lengths };
    const outcomes = await hosts.run({ partOfRank, kernel: 'repeatedCalls', params });
    for (const { value, error } of outcomes) {
      expect(error).toBeUndefined();
      expect(value).toEqual([]);
    }
  });
});
