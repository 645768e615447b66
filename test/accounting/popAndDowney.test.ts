import { describe, expect, test } from 'vitest';
import { attemptEfficiency } from '../../accounting/efficiency.ts';
import { analyseSpeedup } from '../../accounting/speedup/analyse.ts';
import { type Downey, downeyOf, downeySpeedup } from '../../accounting/speedup/downey.ts';
import { computationEfficiency, popEfficiency } from '../../accounting/speedup/popEfficiency.ts';
import { exactRuns } from './syntheticRuns.ts';

describe('efficiencies after POP', () => {
  // Two segments of two ranks, u = (4, 2) and (1, 3), a second of transfer in each: U = (5, 5), T = 4 + 3 + 2.
  const segments = { usefulSeconds: 10, criticalSeconds: 7, serialSeconds: 0, transferSeconds: 2 };
  const run = { id: 'x', ranks: 2, seconds: 9, useful: [5, 5], segments };

  test('by hand', () => {
    expect(popEfficiency(run)).toEqual({
      parallel: 5 / 9,
      loadBalance: 1,
      serialisation: 5 / 7,
      transfer: 7 / 9,
    });
    expect(popEfficiency({ ...run, useful: [6, 4], segments: undefined })).toEqual({
      parallel: 5 / 9,
      loadBalance: 5 / 6,
      serialisation: undefined,
      transfer: 6 / 9,
    });
    expect(popEfficiency({ ...run, useful: [5] })).toBeUndefined();
  });

  test('S = p x parallel x computation', () => {
    const t1S = 9.5;
    const computation = computationEfficiency(t1S, run.useful);
    expect(computation).toBeCloseTo(0.95, 12);
    expect(2 * (popEfficiency(run)?.parallel ?? 0) * computation).toBeCloseTo(t1S / 9, 12);
  });
});

describe('Downey', () => {
  const speedups = (model: Downey, counts: readonly number[]) =>
    counts.map((n) => downeySpeedup(model, n));

  test('by hand, on both sides of sigma = 1', () => {
    // A = 8, sigma = .5: 8 x 4 / (8 + .75); 8 x 12 / (3.75 + 9); the plateau from 15 on.
    expect(speedups({ limit: 8, sigma: 0.5, plateauRanks: 15 }, [1, 4, 12, 15, 99])).toEqual([
      1,
      32 / 8.75,
      96 / 12.75,
      8,
      8,
    ]);
    // A = 8, sigma = 2: n x 8 x 3 / (2 (n + 7) + 8); the plateau from 8 + 16 - 2 on.
    expect(speedups({ limit: 8, sigma: 2, plateauRanks: 22 }, [1, 9, 22, 99])).toEqual([
      1,
      216 / 40,
      8,
      8,
    ]);
  });

  test.each([
    [0.03, 8],
    [0.06, 8],
    [0.1, 8],
    [0.001, 100],
  ])('f = %d and A = %d: Amdahl up to A, continuous, never above A', (f, limit) => {
    const model = downeyOf(f, limit);
    if (!model) throw new Error('there is a plateau');
    for (const n of [1, 2, 3, limit])
      expect(downeySpeedup(model, n)).toBeCloseTo(n / (1 + f * (n - 1)), 9);
    for (const at of [limit, model.plateauRanks])
      expect(downeySpeedup(model, at - 1e-9)).toBeCloseTo(downeySpeedup(model, at + 1e-9), 6);
    expect(downeySpeedup(model, model.plateauRanks)).toBeCloseTo(limit, 9);
    expect(downeySpeedup(model, 10 * model.plateauRanks)).toBe(limit);
  });

  test('where f alone keeps S below A there is none', () => {
    expect(downeyOf(0.2, 8)).toBeUndefined();
    expect(downeyOf(0, 8)).toMatchObject({ sigma: 0, plateauRanks: 8 });
  });
});

describe('codes that need a case of their own', () => {
  const codes = (runs: Parameters<typeof analyseSpeedup>[0]): readonly string[] =>
    analyseSpeedup(runs, {}).findings.map(({ code }) => code);

  test('MIXED_APP', () => {
    const runs = exactRuns({ t1S: 600, f: 0.05 }, [1, 2, 4, 8]);
    expect(codes(runs.map((run) => ({ ...run, app: run.ranks > 2 ? 'a' : 'b' })))).toEqual([
      'MIXED_APP',
    ]);
  });

  test('NOT_FINITE', () => {
    const runs = exactRuns({ t1S: 1e-300, f: 0.05 }, [1, 2, 4, 8, 16]);
    expect(codes(runs.map((run) => ({ ...run, seconds: 1e-320 * run.ranks })))).toContain(
      'NOT_FINITE',
    );
  });

  test('IMBALANCE, MEMORY_TIGHT, LIMIT_TIGHT', () => {
    const attempt = {
      job: '1',
      attempt: 1,
      state: 'COMPLETED',
      submitMs: 0,
      startMs: 0,
      endMs: 98_000,
      limitMs: 100_000,
      parts: [
        {
          node: 'pi1',
          cores: 2,
          startMs: 0,
          endMs: 98_000,
          memoryLimitBytes: 1e9,
          cpuMs: 190_000,
          peakMemory: { bytes: 9.6e8, how: 'process-peak' as const },
          // The busiest had 90 of a mean of 75: 20 % more.
          ranks: [
            { rank: 0, usefulMs: 90_000 },
            { rank: 1, usefulMs: 60_000 },
          ],
        },
      ],
    };
    const { reasons, imbalance } = attemptEfficiency(attempt);
    expect(imbalance).toBeCloseTo(0.2, 12);
    expect(reasons.map(({ code }) => code)).toEqual(['IMBALANCE', 'MEMORY_TIGHT', 'LIMIT_TIGHT']);
  });
});
