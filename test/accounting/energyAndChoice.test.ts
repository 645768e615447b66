import { describe, expect, test } from 'vitest';
import {
  BOARD_WATTS,
  boardOf,
  partEnergy,
  pmicWatts,
  totalEnergy,
} from '../../accounting/energy.ts';
import { analyseSpeedup } from '../../accounting/speedup/analyse.ts';
import { verdictLines } from '../../accounting/speedup/verdict.ts';
import { costOf, energyOptimum } from '../../accounting/speedup/cost.ts';
import {
  cautiousPeak,
  chooseRanks,
  pointsWithin,
  runtimeCurve,
} from '../../accounting/speedup/moldable.ts';
import { estimateRuntime } from '../../accounting/speedup/runtime.ts';
import type { PartUsage } from '../../accounting/usage.ts';
import { exactRuns } from './syntheticRuns.ts';

const DOUBLINGS = [1, 2, 4, 8, 16, 32];
const amdahl = analyseSpeedup(exactRuns({ t1S: 600, f: 0.04 }, DOUBLINGS), {}).search;
const usl = analyseSpeedup(exactRuns({ t1S: 600, f: 0.02, kappa: 0.005 }, DOUBLINGS), {}).search;

describe('energy', () => {
  const part: PartUsage = {
    node: 'pi1',
    nodeModel: 'Raspberry Pi 4 Model B Rev 1.4',
    cores: 2,
    startMs: 0,
    endMs: 100_000,
    cpuMs: 150_000,
    ranks: [],
  };
  const boards = { 'Raspberry Pi 4 Model B': { cores: 4, idleW: 1.6, busyW: 7.2 } };

  test('idle share and busy cores, by hand', () => {
    // 100 s x 1/2 x (1.6 + 0.4) + 150 s x 5.6 / 4 = 100 + 210.
    expect(partEnergy(part, { boards, overheadWPerNode: 0.4 })).toEqual({
      joules: expect.closeTo(310, 9),
      how: 'modelled',
    });
  });

  test('a measurement goes before the model; unknown idle watts give nothing', () => {
    const metered = { ...part, energy: { joules: 5, how: 'metered' } as const };
    const options = { boards, overheadWPerNode: 0 };
    expect(partEnergy(metered, options)).toEqual({ joules: 5, how: 'metered' });
    expect(partEnergy(part, { boards: BOARD_WATTS, overheadWPerNode: 0 })).toBeUndefined();
    expect(totalEnergy([metered, part], options)).toMatchObject({ how: 'modelled' });
    expect(totalEnergy([metered, { ...part, cpuMs: undefined }], options)).toBeUndefined();
    expect(totalEnergy([], options)).toBeUndefined();
  });

  test('a board is found by the longest name that its model begins with', () => {
    const table = { 'Raspberry Pi': 1, 'Raspberry Pi 5': 2, 'Raspberry Pi 500': 3 };
    expect(boardOf(table, 'Raspberry Pi 5 Model B Rev 1.0')).toBe(2);
    expect(boardOf(table, 'Raspberry Pi 500 Rev 1.0')).toBe(3);
    expect(boardOf(table, 'Raspberry Pi 4 Model B')).toBe(1);
    expect(boardOf(table, 'Raspberry')).toBeUndefined();
  });

  test('the power chip of the Pi 5: 10.800 W of rails are 12.955 W', () => {
    expect(pmicWatts([{ volts: 10.8, amperes: 1 }])).toBeCloseTo(12.955, 3);
  });

  test('with many nodes powered anyway the optimum is at more ranks', () => {
    if (!usl) throw new Error('no fit');
    const watts = { idleW: 0.4, busyW: 1.8, blockedW: 0.4 };
    const alone = energyOptimum(usl, { ...watts, alwaysW: 0 });
    const powered = energyOptimum(usl, { ...watts, alwaysW: 50 });
    expect(alone.ranks).toBe(1);
    expect(powered.ranks).toBeGreaterThan(10);
    expect(powered.atLimit).toBe(false);
  });

  test('the report: with the nodes of the largest run powered, by hand', () => {
    const power = { boards: { 'Pi 4': { cores: 4, idleW: 2, busyW: 6 } }, overheadWPerNode: 0 };
    const placed = { model: 'Pi 4 Model B', nodes: 4, threadsPerRank: 1 };
    const onNodes = (f: number, kappa: number) =>
      exactRuns({ t1S: 1000, f, kappa }, [1, 2, 4, 8, 16], placed).map((run) => ({
        ...run,
        nodes: Math.ceil(run.ranks / 4),
      }));
    // Amdahl: J = T 4 x 2 + 1000 x 1 falls up to the 16 cores of 4 nodes: T = 1000 (.04 + .96/16) = 100.
    const amdahlRuns = analyseSpeedup(onNodes(0.04, 0), { power });
    expect(amdahlRuns.energy?.ranks).toBe(16);
    expect(verdictLines(amdahlRuns, { dash: '-' })).toContain(
      'energy-optimal at least 16 (0.50 Wh, 4 nodes powered, modelled)',
    );
    expect(analyseSpeedup(onNodes(0.04, 0), {}).energy).toBeUndefined();
    const mixed = onNodes(0.04, 0).map((run, at) => ({
      ...run,
      model: at > 2 ? 'Pi 5' : run.model,
    }));
    expect(analyseSpeedup(mixed, { power }).energy).toBeUndefined();
    // Where more ranks slow it down the fewest time is the least energy: sqrt(.96 / .01) = 9.8.
    const energy = analyseSpeedup(onNodes(0.04, 0.01), { power }).energy;
    expect(energy).toMatchObject({ ranks: 10, nodes: 4, atLimit: false });
  });

  test('lost core-hours are P T - T1', () => {
    const row = analyseSpeedup(exactRuns({ t1S: 3600, f: 0.04 }, DOUBLINGS), {}).rows[3];
    if (!row) throw new Error('no row');
    // 8 ranks: P T = 1 + 7 x .04 hours.
    expect(costOf(row)).toEqual({
      coreHours: expect.closeTo(1.28, 9),
      weightedCoreHours: expect.closeTo(1.28, 9),
      lostCoreHours: expect.closeTo(0.28, 9),
    });
  });
});

describe('moldable', () => {
  const range = { least: 2, most: 64 };
  const curveOf = (search: typeof amdahl) => {
    if (!search) throw new Error('no fit');
    return runtimeCurve(search, 6);
  };
  const idle = { pressure: 0, limitMs: 0, waitMsFor: () => 0 };
  const choose = (pressure: number, waitMsFor: (ranks: number) => number = () => 0) =>
    chooseRanks(curveOf(amdahl), range, { ...idle, pressure, waitMsFor });

  test('a curve is whole numbers, single steps to 16 and quarters beyond', () => {
    const { points, runs } = curveOf(amdahl);
    expect(runs).toBe(6);
    expect(points.map(({ ranks }) => ranks).slice(14)).toEqual([
      15, 16, 20, 25, 31, 38, 47, 58, 64,
    ]);
    expect(points[1]).toEqual({ ranks: 2, runMs: 312_000, efficiency: 962 });
    const within = pointsWithin(curveOf(amdahl), { least: 18, most: 100 });
    expect(within[0]).toEqual({ ranks: 18, runMs: 56_400, efficiency: 597 });
    expect(within.at(-1)?.ranks).toBe(64);
  });

  test('idle: the most ranks with E >= .5; under pressure fewer', () => {
    // E = 1 / (1 + .04 (p - 1)) >= .5 up to p = 26, of the curve's counts 25.
    expect(choose(0)).toMatchObject({
      ranks: 25,
      reason: 'leastWaitAndRun',
      leastEfficiency: 500,
    });
    // E >= .75: 1 + (1/3) / .04 = 9.33.
    expect(choose(500)).toMatchObject({ ranks: 9 });
    expect(choose(1000)).toMatchObject({ ranks: 2, reason: 'notEfficient' });
  });

  test('a wait that grows with the ranks is weighed against the run', () => {
    // 600 (.04 + .96/p) + 5 p s is least at p = sqrt(576 / 5) = 10.7.
    expect(choose(0, (ranks: number) => 5000 * ranks)).toMatchObject({
      ranks: 11,
      chosen: { waitMs: 55_000 },
    });
  });

  test('no count that would run into the time limit, nor one without room', () => {
    const limited = { ...idle, pressure: 900, limitMs: 60_000 };
    // E >= .95 allows 2 ranks; 16 are the fewest that end within a minute.
    expect(chooseRanks(curveOf(amdahl), range, limited)).toMatchObject({
      ranks: 16,
      reason: 'notEfficient',
    });
    const full = { ...idle, waitMsFor: (ranks: number) => (ranks > 4 ? Infinity : 0) };
    expect(chooseRanks(curveOf(amdahl), range, full)).toMatchObject({ ranks: 4 });
    const none = chooseRanks(curveOf(amdahl), range, { ...idle, waitMsFor: () => Infinity });
    expect(none).toMatchObject({ ranks: 2, chosen: undefined });
  });

  test('never beyond the cautious peak, nor beyond what the fit predicts', () => {
    if (!usl) throw new Error('no fit');
    const found = chooseRanks(curveOf(usl), range, idle);
    expect(found?.ranks).toBeLessThanOrEqual(cautiousPeak(usl));
    expect(chooseRanks(curveOf(usl), { least: 40, most: 60 }, idle)).toMatchObject({
      ranks: 40,
      reason: 'slowsDown',
    });
    expect(chooseRanks(curveOf(amdahl), { least: 100, most: 200 }, idle)).toBeUndefined();
  });
});

describe('run time', () => {
  const base = { ranks: 16, limitMs: 3_600_000, recentRatios: [], lastRunsMs: [] };

  test('from the model, times the recent ratio, below the limit', () => {
    expect(estimateRuntime({ ...base, search: amdahl })).toMatchObject({
      source: 'model',
      expectedMs: 60_000,
    });
    expect(
      estimateRuntime({ ...base, search: amdahl, recentRatios: [1.2, 1.1, 9] }).expectedMs,
    ).toBe(72_000);
    expect(estimateRuntime({ ...base, search: amdahl, limitMs: 30_000 })).toEqual({
      source: 'model',
      expectedMs: 30_000,
      reserveMs: 30_000,
    });
    const { expectedMs, reserveMs } = estimateRuntime({ ...base, search: amdahl });
    expect(reserveMs).toBeGreaterThan(expectedMs);
  });

  test('else the last two runs, else the limit', () => {
    expect(estimateRuntime({ ...base, search: undefined, lastRunsMs: [100, 300, 900] })).toEqual({
      source: 'last two runs',
      expectedMs: 200,
      reserveMs: 300,
    });
    expect(estimateRuntime({ ...base, search: undefined })).toEqual({
      source: 'limit',
      expectedMs: 3_600_000,
      reserveMs: 3_600_000,
    });
  });
});
