import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { decompose, mainCause } from '../../accounting/speedup/decomposition.ts';
import { addSegment, NO_SEGMENTS, segmentOf } from '../../accounting/speedup/segments.ts';

/** A BSP code: a serial segment of share f on rank 0, the rest split evenly over `steps` segments. */
function simulate(
  ranks: number,
  options: { f: number; steps: number; t1S: number; transferS: number },
) {
  const { f, steps, t1S, transferS } = options;
  let totals = NO_SEGMENTS;
  const add = (useful: number[]): void => {
    totals = addSegment(totals, segmentOf(useful, transferS));
  };
  for (let step = 0; step < steps; step++) {
    add(Array.from({ length: ranks }, (_, rank) => (rank === 0 ? (f * t1S) / steps : 0)));
    add(Array.from({ length: ranks }, () => ((1 - f) * t1S) / steps / ranks));
  }
  return {
    id: 'x',
    ranks,
    seconds: totals.criticalSeconds + totals.transferSeconds,
    segments: totals,
  };
}

test.each([2, 4, 8, 16, 32])(
  'a true serial share of .04 comes back as .0400 on %d ranks',
  (ranks) => {
    const parts = decompose(
      simulate(ranks, { f: 0.04, steps: 50, t1S: 100, transferS: 0.002 }),
      100,
    );
    expect(parts?.serial).toBeCloseTo(0.04, 12);
    expect(parts?.imbalance).toBeCloseTo(0, 12);
    expect(parts?.transfer).toBeCloseTo((ranks * 0.2) / ((ranks - 1) * 100), 12);
    expect(parts?.extra).toBeCloseTo(0, 12);
  },
);

test('the parts add up to e(p) on any trace', () => {
  const seconds = fc.double({ min: 0, max: 10, noNaN: true });
  const trace = fc.integer({ min: 2, max: 9 }).chain((ranks) =>
    fc.record({
      segments: fc.array(
        fc.record({
          useful: fc.array(seconds, { minLength: ranks, maxLength: ranks }),
          blocked: fc.double({ min: 0, max: 1, noNaN: true }),
        }),
        { minLength: 1, maxLength: 20 },
      ),
      weights: fc.array(fc.double({ min: 0.5, max: 3, noNaN: true }), {
        minLength: ranks,
        maxLength: ranks,
      }),
      outside: fc.double({ min: 0, max: 3, noNaN: true }),
      t1S: fc.double({ min: 1, max: 100, noNaN: true }),
    }),
  );
  fc.assert(
    fc.property(trace, ({ segments, weights, outside, t1S }) => {
      const totals = segments.reduce(
        (sum, { useful, blocked }) => addSegment(sum, segmentOf(useful, blocked)),
        NO_SEGMENTS,
      );
      const ranks = weights.length;
      const useful = weights.map((_, rank) =>
        segments.reduce((sum, segment) => sum + (segment.useful[rank] ?? 0), 0),
      );
      const run = {
        id: 'x',
        ranks,
        seconds: totals.criticalSeconds + totals.transferSeconds + outside + 0.1,
      };
      for (const measured of [
        { ...run, segments: totals },
        { ...run, segments: totals, weights, useful },
        { ...run, useful },
      ]) {
        const parts = decompose(measured, t1S);
        if (!parts) throw new Error('no parts');
        const sum =
          (parts.serial ?? 0) + parts.imbalance + parts.transfer + parts.extra + parts.other;
        expect(Math.abs(sum - parts.e)).toBeLessThan(1e-9 * Math.max(1, Math.abs(parts.e)));
      }
    }),
  );
});

test('imbalance is named when it is the largest', () => {
  const useful = [1, 1, 1, 2];
  const run = { id: 'x', ranks: 4, seconds: 2, useful };
  const parts = decompose(run, 5);
  // D = 3 x 5; 4 x 2 - 5 = 3 lost, all of it waiting for rank 3.
  expect(parts).toMatchObject({ e: 0.2, serial: undefined, imbalance: 0.2, transfer: 0, extra: 0 });
  expect(parts && mainCause(parts)).toBe('imbalance');
});

test('an uninstrumented run has no cause', () => {
  expect(decompose({ id: 'x', ranks: 4, seconds: 2 }, 5)).toBeUndefined();
});
