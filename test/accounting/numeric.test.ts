import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  leastSquares,
  leverage,
  nonNegativeLeastSquares,
} from '../../accounting/numeric/leastSquares.ts';
import {
  fQuantileOneDf,
  incompleteBeta,
  logGamma,
  tQuantile,
  upperTail,
} from '../../accounting/numeric/studentT.ts';

describe("Student's t against published tables", () => {
  test.each([
    [0.025, 1, 12.706204736174705],
    [0.025, 2, 4.302652729749464],
    [0.025, 3, 3.1824463052837086],
    [0.025, 9, 2.2621571627982053],
    [0.025, 10, 2.2281388519862753],
    [0.05, 6, 1.943180280515305],
    [0.005, 4, 4.604094871349993],
  ])('t(%d; %d) = %d', (tail, freedom, value) =>
    expect(tQuantile(tail, freedom)).toBeCloseTo(value, 10),
  );

  test('the quantile undoes the tail, far out and close in', () => {
    for (const freedom of [1, 2, 3, 7, 30, 1000]) {
      for (const tail of [0.5, 0.4, 0.1, 0.025, 1e-3, 1e-6]) {
        const back = upperTail(tQuantile(tail, freedom), freedom);
        expect(Math.abs(back / tail - 1)).toBeLessThan(1e-11);
      }
    }
  });

  test('F(.95; 1, df) is its square', () => {
    expect(fQuantileOneDf(0.95, 3)).toBeCloseTo(3.1824463052837086 ** 2, 9);
  });

  test('gamma and beta at values known by hand', () => {
    expect(Math.exp(logGamma(5))).toBeCloseTo(24, 10);
    expect(Math.exp(logGamma(0.5))).toBeCloseTo(Math.sqrt(Math.PI), 12);
    expect(incompleteBeta(0.5, { a: 2, b: 2 })).toBeCloseTo(0.5, 14);
    expect(incompleteBeta(0.25, { a: 1, b: 3 })).toBeCloseTo(1 - 0.75 ** 3, 14);
  });
});

describe('least squares', () => {
  const columns = [
    [1, 1, 1, 1],
    [0, 1, 2, 3],
  ];

  test('a line through four points, by hand', () => {
    // mean x 1.5, mean y 2.5; Sxy = 4.5, Sxx = 5: slope 0.9, intercept 1.15.
    const [intercept, slope] =
      leastSquares(
        columns,
        [1, 2.5, 3, 3.5].map((y) => y),
      ) ?? [];
    expect(slope).toBeCloseTo(0.8, 12);
    expect(intercept).toBeCloseTo(1.3, 12);
  });

  test('dependent columns have no answer', () => {
    expect(
      leastSquares(
        [
          [1, 2],
          [2, 4],
        ],
        [1, 1],
      ),
    ).toBeUndefined();
    expect(leastSquares([[0, 0]], [1, 1])).toBeUndefined();
  });

  test('a coefficient that would be negative is 0', () => {
    expect(nonNegativeLeastSquares(columns, [4, 3, 2, 1])).toEqual([2.5, 0]);
  });

  test('leverage of the mean of n points is 1/n', () => {
    expect(leverage([[1, 1, 1, 1]], [1])).toBeCloseTo(0.25, 14);
    expect(leverage(columns, [1, 1.5])).toBeCloseTo(0.25, 14);
  });

  test('no other non-negative point is better', () => {
    const value = fc.double({ min: -10, max: 10, noNaN: true });
    const four = fc.array(value, { minLength: 4, maxLength: 4 });
    fc.assert(
      fc.property(
        fc.array(four, { minLength: 3, maxLength: 3 }),
        four,
        fc.array(fc.double({ min: 0, max: 5, noNaN: true }), { minLength: 3, maxLength: 3 }),
        (design, target, other) => {
          const sum = (b: readonly number[]): number =>
            target.reduce((total, y, row) => {
              const fit = b.reduce((at, c, j) => at + c * (design[j]?.[row] ?? 0), 0);
              return total + (y - fit) ** 2;
            }, 0);
          const best = nonNegativeLeastSquares(design, target);
          expect(best.every((b) => b >= 0)).toBe(true);
          expect(sum(best)).toBeLessThanOrEqual(sum(other) * (1 + 1e-9) + 1e-9);
        },
      ),
    );
  });
});
