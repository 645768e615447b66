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

  test('beyond the second gibibyte', async () => {
    const job = { partOfRank: [0, 0], kernel: 'repeatedHighUp', params: { lengths: [1, 5, 1025] } };
    for (const { value, error } of await hosts.run(job)) {
      expect(error).toBeUndefined();
      expect(value).toEqual([]);
    }
  });

  test.each([['00'], ['000'], ['0'], ['0011']])('into an array of all, parts %s', async (shape) => {
    const partOfRank = [...shape].map(Number);
    const params = { lengths: [1, 100, 1025, 40_000] };
    for (const { value, error } of await hosts.run({
      partOfRank,
      kernel: 'sharedResults',
      params,
    })) {
      expect(error).toBeUndefined();
      expect(value).toEqual([]);
    }
  });

  test.each([['00'], ['0000'], ['01']])('are counted like others, parts %s', async (shape) => {
    const partOfRank = [...shape].map(Number);
    const rounds = 300;
    const [first, again] = [[], []] as { calls: number; bytesSent: number }[][];
    for (const [outcomes, params] of [
      [first, { rounds, again: false }],
      [again, { rounds, again: true }],
    ] as const) {
      for (const outcome of await hosts.run({ partOfRank, kernel: 'countedCalls', params })) {
        expect(outcome.error).toBeUndefined();
        outcomes?.push({ calls: outcome.calls, bytesSent: outcome.bytesSent });
      }
    }
    expect(again?.map(({ calls }) => calls)).toEqual(partOfRank.map(() => 5 * rounds));
    expect(again).toEqual(first);
    // An allreduce of three doubles and one of a number; of the rest only the root sends.
    if (shape === '00') {
      expect(again?.map(({ bytesSent }) => bytesSent)).toEqual([
        rounds * (24 + 8 + 800),
        rounds * (24 + 8 + 1600),
      ]);
    }
  });
});
