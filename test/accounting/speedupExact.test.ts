import { describe, expect, test } from 'vitest';
import { analyseSpeedup } from '../../accounting/speedup/analyse.ts';
import { abscissaeOf } from '../../accounting/speedup/abscissa.ts';
import { criterion, fitCandidates } from '../../accounting/speedup/candidates.ts';
import { leastCostRanks, mostRanksAtEfficiency } from '../../accounting/speedup/landmarks.ts';
import { efficiencyOf, gustafsonShare, karpFlatt } from '../../accounting/speedup/measured.ts';
import { exactRuns, trueSeconds } from './syntheticRuns.ts';

const DOUBLINGS = [1, 2, 4, 8, 16, 32, 64];
const candidate = (runs: Parameters<typeof analyseSpeedup>[0], model: string) =>
  analyseSpeedup(runs, {}).candidates.find((fit) => fit.model === model);

describe('exact sets are recovered', () => {
  test('Amdahl, f = .05', () => {
    const { fit, verdict, findings } = analyseSpeedup(
      exactRuns({ t1S: 600, f: 0.05 }, DOUBLINGS),
      {},
    );
    expect(fit?.model).toBe('amdahl');
    expect(fit?.f.value).toBeCloseTo(0.05, 9);
    expect(fit?.t1S).toBeCloseTo(600, 6);
    expect([verdict, findings]).toEqual(['ok', []]);
  });

  test('an interval is never narrower than the error of the times', () => {
    const runs = exactRuns({ t1S: 20, f: 0.08 }, [1, 2, 4, 8, 16], { timeError: 0.005 });
    const { low = 0, high = 0 } = analyseSpeedup(runs, {}).fit?.f.interval ?? {};
    // With f held only T1 is free: SSR is the scatter of ln(T / T1) about its mean.
    const ssr = (f: number): number => {
      const logs = runs.map(({ ranks, seconds }) =>
        Math.log(seconds / trueSeconds({ t1S: 1, f }, ranks)),
      );
      const mean = logs.reduce((sum, log) => sum + log, 0) / logs.length;
      return logs.reduce((sum, log) => sum + (log - mean) ** 2, 0);
    };
    // .005^2 x F(.95; 1, 3), which tables give as 10.128.
    expect(ssr(low)).toBeCloseTo(0.005 ** 2 * 10.128, 8);
    expect(ssr(high)).toBeCloseTo(0.005 ** 2 * 10.128, 8);
    expect([low < 0.08, high > 0.08]).toEqual([true, true]);
  });

  test('USL, sigma = .03 and kappa = .002', () => {
    const runs = exactRuns({ t1S: 600, f: 0.03, kappa: 0.002 }, DOUBLINGS);
    const { fit } = analyseSpeedup(runs, {});
    expect(fit?.model).toBe('usl');
    expect(fit?.f.value).toBeCloseTo(0.03, 9);
    expect(fit?.kappa.value).toBeCloseTo(0.002, 9);
  });

  test('Amdahl with tree communication', () => {
    const runs = exactRuns({ t1S: 600, f: 0.02, lambda: 0.01 }, DOUBLINGS);
    const log = candidate(runs, 'amdahl+log');
    expect(log?.f.value).toBeCloseTo(0.02, 9);
    expect(log?.lambda.value).toBeCloseTo(0.01, 9);
  });

  test('no run on one rank: T1 is fitted', () => {
    const { fit, t1Measured } = analyseSpeedup(
      exactRuns({ t1S: 600, f: 0.03 }, [4, 8, 16, 32]),
      {},
    );
    expect(t1Measured).toBe(false);
    expect(fit?.t1S).toBeCloseTo(600, 6);
    expect(fit?.f.value).toBeCloseTo(0.03, 9);
  });

  test('boards of unequal speed: P is the sum of the weights', () => {
    const mixes = [
      [1],
      [1, 1],
      [1, 1, 2.5, 2.5],
      [1, 1, 1, 1, 2.5, 2.5],
      [1, 1, 1, 1, 2.5, 2.5, 2.5, 2.5],
    ];
    const truth = { t1S: 600, f: 0.05 };
    const runs = mixes.map((weights, index) => ({
      id: `${index}`,
      ranks: weights.length,
      weights,
      seconds: trueSeconds(truth, weights.length, weights),
    }));
    const { fit, rows } = analyseSpeedup(runs, {});
    expect(fit?.f.value).toBeCloseTo(0.05, 9);
    expect(rows.at(-1)?.equivalent).toBe(14);
    const blind = analyseSpeedup(
      runs.map((run) => ({ ...run, weights: undefined })),
      {},
    );
    expect(blind.fit?.f.value ?? 0).not.toBeCloseTo(0.05, 2);
  });

  test('no serial work at all: f is 0 and the ceiling has no number', () => {
    const { fit, advice } = analyseSpeedup(exactRuns({ t1S: 64 }, [1, 2, 4, 8, 16]), {});
    expect(fit?.f.value).toBeCloseTo(0, 12);
    expect(advice?.ceiling.speedup).toBeUndefined();
    expect(advice?.knee.atLimit).toBe(true);
  });
});

describe('formulas by hand', () => {
  const amdahl = { t1S: 1, f: 0.04, lambda: 0, kappa: 0 };

  test('rank counts of least T p^a: 24 and 8 for f = .04', () => {
    expect(leastCostRanks(amdahl, 0.5)).toBeCloseTo(24, 12);
    expect(leastCostRanks(amdahl, 0.75)).toBeCloseTo(8, 12);
    expect(leastCostRanks({ ...amdahl, f: 0 }, 0.5)).toBe(Number.POSITIVE_INFINITY);
  });

  test('efficiency at p_a is about a: .52 and .78', () => {
    const at = (ranks: number): number =>
      efficiencyOf(1, {
        ranks,
        equivalent: ranks,
        serialWeight: 1,
        seconds: trueSeconds(amdahl, ranks),
      });
    expect(at(24)).toBeCloseTo(1 / 1.92, 12);
    expect(at(8)).toBeCloseTo(1 / 1.28, 12);
  });

  test('the fewest-time rank count of USL is sqrt((1 - sigma) / kappa)', () => {
    const usl = { t1S: 1, f: 0.05, lambda: 0, kappa: 0.0005 };
    expect(leastCostRanks(usl, 0)).toBeCloseTo(Math.sqrt(0.95 / 0.0005), 9);
    expect(mostRanksAtEfficiency(amdahl, 0.75)).toBeCloseTo(1 + (1 / 0.75 - 1) / 0.04, 12);
    const most = mostRanksAtEfficiency(usl, 0.5);
    expect(1 / (most * trueSeconds(usl, most))).toBeCloseTo(0.5, 12);
  });

  test("Karp and Flatt's e and Gustafson's s", () => {
    const point = { ranks: 8, equivalent: 8, serialWeight: 1, seconds: 20 };
    expect(karpFlatt(100, point)).toBeCloseTo((160 - 100) / 700, 15);
    expect(karpFlatt(100, { ...point, ranks: 1, equivalent: 1 })).toBeUndefined();
    expect(gustafsonShare(7.3, 8)).toBeCloseTo(0.1, 12);
  });

  test('the criterion with its noise prior', () => {
    // G = 5, k = 2: N' = 11, K = 3; 11 ln((.01 + 6 x .0009) / 11) + 6 + 24 / 7.
    const value = criterion(0.01, { points: 5, columns: 2, noiseCv: 0.03 });
    expect(value).toBeCloseTo(11 * Math.log(0.0154 / 11) + 6 + 24 / 7, 12);
  });

  test('the weights of the candidates add up to 1', () => {
    const points = abscissaeOf(exactRuns({ t1S: 600, f: 0.05 }, DOUBLINGS), { noiseCv: 0.03 });
    const set = fitCandidates(points, { noiseCv: 0.03 });
    expect(set?.candidates.map((fit) => fit.model)).toEqual(['amdahl', 'amdahl+log', 'usl']);
    expect(set?.candidates.reduce((sum, fit) => sum + fit.weight, 0)).toBeCloseTo(1, 14);
  });
});
