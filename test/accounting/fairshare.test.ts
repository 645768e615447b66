import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Association, fairShareRows } from '../../accounting/fairshare.ts';
import { decayUsage } from '../../accounting/fairshareDecay.ts';

const HALF_LIFE = 7 * 24 * 3600 * 1000;
const decay = (usage: number, elapsedMs: number): number =>
  decayUsage(usage, { elapsedMs, halfLifeMs: HALF_LIFE });

describe('decay', () => {
  test.each([
    [1000, 0, 1000],
    [1000, HALF_LIFE, 500],
    [1000, 2 * HALF_LIFE, 250],
    [1_000_000, HALF_LIFE / 2, 707_106],
    [1000, 61 * HALF_LIFE, 0],
    [0, HALF_LIFE, 0],
  ])('%d after %d ms is %d', (usage, elapsedMs, left) =>
    expect(decay(usage, elapsedMs)).toBe(left),
  );

  test('is 2^-x to five places, a whole number, and never grows', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 2 ** 50 }),
        fc.integer({ min: 0, max: 20 * HALF_LIFE }),
        (usage, elapsedMs) => {
          const left = decay(usage, elapsedMs);
          const exact = usage * 2 ** (-elapsedMs / HALF_LIFE);
          expect(Number.isInteger(left)).toBe(true);
          expect(left).toBeLessThanOrEqual(usage);
          expect(Math.abs(left - exact)).toBeLessThanOrEqual(2e-5 * exact + 2);
        },
      ),
    );
  });
});

const user = (name: string, usage: number, shares = 1): Association => ({
  kind: 'user',
  name,
  usage,
  shares,
});
const account = (name: string, members: readonly Association[], shares = 1): Association => ({
  kind: 'account',
  name,
  members,
  shares,
});
const factors = (root: readonly Association[]): string[] =>
  fairShareRows(root)
    .filter((row) => row.user !== undefined)
    .map((row) => `${row.account}/${row.user} ${row.factorMillionths}`);

describe('the fair tree', () => {
  test('the account that used less goes before, whatever its users did', () => {
    const tree = [
      account('physics', [user('ana', 900), user('bo', 100)]),
      account('maths', [user('cy', 300), user('di', 0)]),
    ];
    // maths used 300 of 1300: di (nothing), cy; then physics: bo, ana. Places 4 3 2 1 of 4.
    expect(factors(tree)).toEqual([
      'physics/ana 250000',
      'physics/bo 500000',
      'maths/cy 750000',
      'maths/di 1000000',
    ]);
  });

  test('twice the shares bear twice the usage; ties share a place', () => {
    expect(factors([user('ana', 200, 2), user('bo', 100), user('cy', 300)])).toEqual([
      'root/ana 1000000',
      'root/bo 1000000',
      'root/cy 333333',
    ]);
  });

  test('users of tied accounts compete as siblings', () => {
    const tree = [
      account('a', [user('ana', 80), user('bo', 20)]),
      account('b', [user('cy', 50), user('di', 50)]),
    ];
    // bo .5/.2 = 2.5, cy = di = 1, ana .5/.8.
    expect(factors(tree)).toEqual(['a/ana 250000', 'a/bo 1000000', 'b/cy 750000', 'b/di 750000']);
  });

  test('no shares come last, even with no usage; nobody used anything: all first', () => {
    expect(factors([user('ana', 0, 0), user('bo', 500)])).toEqual([
      'root/ana 500000',
      'root/bo 1000000',
    ]);
    expect(factors([user('ana', 0), user('bo', 0)])).toEqual([
      'root/ana 1000000',
      'root/bo 1000000',
    ]);
  });

  test('rows carry shares and usage in millionths', () => {
    const rows = fairShareRows([account('a', [user('ana', 30), user('bo', 10, 3)])]);
    expect(
      rows.map((row) => [row.user, row.depth, row.shareMillionths, row.usageMillionths]),
    ).toEqual([
      [undefined, 0, 1_000_000, 1_000_000],
      ['ana', 1, 250_000, 750_000],
      ['bo', 1, 750_000, 250_000],
    ]);
  });

  test('using more never improves a place, and the order of the input is nothing', () => {
    const usages = fc.array(fc.nat(1000), { minLength: 2, maxLength: 6 });
    fc.assert(
      fc.property(usages, fc.nat(1000), (values, extra) => {
        const tree = (first: number) =>
          values.map((usage, i) => user(`u${i}`, i === 0 ? first : usage));
        const factorOf = (root: readonly Association[]): number =>
          fairShareRows(root).find((row) => row.user === 'u0')?.factorMillionths ?? -1;
        const [usage = 0] = values;
        expect(factorOf(tree(usage + extra))).toBeLessThanOrEqual(factorOf(tree(usage)));
        expect(factorOf(tree(usage).toReversed())).toBe(factorOf(tree(usage)));
      }),
    );
  });
});
