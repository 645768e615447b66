import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startHosts } from './jobs.ts';
import type { Hosts } from './jobs.ts';

/** What goes wrong in one rank is named on every rank, and nothing hangs. */

let hosts: Hosts;
beforeAll(() => {
  hosts = startHosts();
});
afterAll(() => hosts.stop());

const SHAPES = [
  [0, 0],
  [0, 0, 0],
  [0, 1],
  [0, 1, 1, 0],
];
const cases = (names: readonly string[]) =>
  names.flatMap((name) => SHAPES.map((shape) => [name, shape.join(''), shape] as const));

describe('calls that do not fit together', () => {
  test.each(
    cases([
      'differentCollective',
      'differentOperator',
      'differentCount',
      'differentType',
      'differentRoot',
      'crossedRoots',
    ]),
  )('%s on parts %s', async (kernel, _, partOfRank) => {
    const outcomes = await hosts.run({ partOfRank, kernel });
    const failed = outcomes.filter((outcome) => outcome.error);
    for (const { error } of failed) {
      expect(error).toMatchObject({ name: 'CollectiveMismatchError' });
      expect(error?.message).toMatch(/rank \d+ called \w+\(.*; rank \d+ called \w+\(/);
    }
    expect(failed.length).toBeGreaterThan(0);
  });
});

describe('ranks that are lost', () => {
  test.each(SHAPES.map((shape) => [shape.join(''), shape] as const))(
    'one returns early on parts %s',
    async (_, partOfRank) => {
      const outcomes = await hosts.run({ partOfRank, kernel: 'leavesEarly' });
      const part = partOfRank[1];
      for (const { rank, error, value } of outcomes) {
        if (rank === 1) expect(value).toBe('left');
        else expect(error).toMatchObject({ name: 'RankLostError', rank: 1, part });
      }
    },
  );

  test.each(SHAPES.map((shape) => [shape.join(''), shape] as const))(
    'one throws on parts %s',
    async (_, partOfRank) => {
      const outcomes = await hosts.run({ partOfRank, kernel: 'throws' });
      const last = partOfRank.length - 1;
      for (const { rank, error } of outcomes) {
        if (rank === last)
          expect(error).toMatchObject({ name: 'Error', message: 'kernel failure' });
        else
          expect(error).toMatchObject({
            name: 'RankLostError',
            rank: last,
            collective: 'allreduce',
          });
      }
    },
  );

  test('one exits its thread', async () => {
    const outcomes = await hosts.run({ partOfRank: [0, 0, 1], kernel: 'exits' });
    for (const { rank, error } of outcomes.filter((outcome) => outcome.rank > 0)) {
      expect(rank).toBeGreaterThan(0);
      expect(error).toMatchObject({ name: 'RankLostError', rank: 0, part: 0 });
    }
  });

  test('a host process is killed', async () => {
    const outcomes = await hosts.run({
      partOfRank: [0, 0, 1],
      kernel: 'waitsForEver',
      disturb: (all) => all.kill(1),
    });
    expect(outcomes.map(({ error }) => error)).toEqual([
      expect.objectContaining({ name: 'RankLostError', rank: 2, part: 1, collective: 'barrier' }),
      expect.objectContaining({ name: 'RankLostError', rank: 2, part: 1, collective: 'barrier' }),
    ]);
  });
});

describe('other ends', () => {
  test('abort reaches every rank', async () => {
    const outcomes = await hosts.run({
      partOfRank: [0, 1],
      kernel: 'waitsForEver',
      disturb: (all) => all.order(0, { kind: 'abort', reason: 'cancelled' }),
    });
    for (const { error } of outcomes) {
      expect(error).toMatchObject({ name: 'CollectiveAbortedError', reason: 'cancelled' });
    }
  });

  test('a limit on waiting', async () => {
    const job = { partOfRank: [0, 0, 1], kernel: 'oneComputes', timeoutSeconds: 0.4 };
    const outcomes = await hosts.run(job);
    for (const { error } of outcomes) {
      expect(error).toMatchObject({ name: 'CollectiveTimeoutError', collective: 'barrier' });
    }
  });

  test('an operator that throws', async () => {
    const outcomes = await hosts.run({ partOfRank: [0, 0, 1], kernel: 'operatorThrows' });
    for (const { error } of outcomes) {
      expect(error).toMatchObject({ name: 'OperatorFailedError', failure: 'bad operator' });
    }
    expect(outcomes.some(({ error }) => error?.cause === 'bad operator')).toBe(true);
  });

  test('a background call whose peer has left', async () => {
    const outcomes = await hosts.run({ partOfRank: [0, 0, 1], kernel: 'backgroundLost' });
    for (const { rank, error } of outcomes) {
      if (rank !== 1) expect(error).toMatchObject({ name: 'RankLostError', rank: 1 });
    }
  });

  test('promises', async () => {
    const outcomes = await hosts.run({ partOfRank: [0, 0, 1], kernel: 'promises' });
    expect(outcomes.map(({ value }) => value)).toEqual([
      [3, 'from 2'],
      [3, 'from 0'],
      [3, 'from 1'],
    ]);
  });

  test('bad arguments leave the communicator usable', async () => {
    const outcomes = await hosts.run({ partOfRank: [0, 0, 1], kernel: 'badArguments' });
    for (const outcome of outcomes) {
      expect(outcome).toMatchObject({ value: ['CommunicatorArgumentError'] });
    }
  });

  test('a message that is longer than its buffer', async () => {
    const [, receiver] = await hosts.run({ partOfRank: [0, 0], kernel: 'tooLong' });
    expect(receiver?.error).toMatchObject({ name: 'CommunicatorArgumentError', argument: 'into' });
  });
});
