import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { analyseSpeedup } from '../../accounting/speedup/analyse.ts';
import { speedupCsv } from '../../accounting/speedup/csv.ts';
import { speedupJson } from '../../accounting/speedup/json.ts';
import type { SpeedupRun } from '../../accounting/speedup/run.ts';
import { displayWidth } from '../../cli/format/displayWidth.ts';
import { speedupReport } from '../../cli/format/speedupReport.ts';
import { exactRuns } from '../accounting/syntheticRuns.ts';

const DOUBLINGS = [1, 2, 4, 8, 16, 32];
const more = { app: 'render', version: 'v3', size: 4096, model: 'Pi 4', ranksPerNode: 1 };
const amdahl = exactRuns({ t1S: 600, f: 0.04 }, DOUBLINGS, more);

describe('the terminal report', () => {
  test('80 columns, ASCII', () => {
    const analysis = analyseSpeedup(amdahl, { predictRanks: [48, 128] });
    expect(speedupReport(analysis, { cells: 80, ascii: true, plot: false })).toBe(
      [
        'SPEEDUP  render v3  size=4096  Pi 4, 1 rank/node  6 runs, 6 rank counts',
        'ranks  runs    time  +-CV  speedup  effic  model   e(p)  rank-h',
        '    1     1  600.0s     -     1.00   100%   1.00      -   0.167',
        '    2     1  312.0s     -     1.92    96%   1.92  0.040   0.173',
        '    4     1  168.0s     -     3.57    89%   3.57  0.040   0.187',
        '    8     1   96.0s     -     6.25    78%   6.25  0.040   0.213',
        '   16     1   60.0s     -    10.00    62%  10.00  0.040   0.267',
        '   32     1   42.0s     -    14.29    45%  14.29  0.040   0.373',
        'verdict  serial fraction 4.0% [4.0-4.0]; fit: Amdahl 84%, log 8%, USL 8%;',
        '         ceiling 25x [25-25]; at 32 ranks 45% efficient (measured);',
        '         best measured 32; cost-efficient 8 (min T*p^0.75, E 78%);',
        '         knee 24 (E 52%); no slowdown seen up to 32;',
        '         48 ranks: 36 s [31-42] extrapolated;',
        '         128 ranks: not predicted (limit 64 = 2x largest measured)',
        'why      cause unknown: the runs carry no measurement of blocked time',
        '',
      ].join('\n'),
    );
  });

  test('instrumented runs get their causes, and narrow terminals fewer columns', () => {
    const runs = amdahl.map((run) => ({
      ...run,
      serialPhase: 'assemble',
      segments: {
        usefulSeconds: 600,
        criticalSeconds: 24 + 576 / run.ranks,
        serialSeconds: 24,
        transferSeconds: 0,
      },
    }));
    const report = speedupReport(analyseSpeedup(runs, {}), { cells: 120, plot: false });
    expect(report).toContain('serial  imbal  comm  extra');
    expect(report).toContain(
      'why      at 32 ranks e 4.0% = serial 4.0 + imbalance 0.0 + transfer 0.0 + extra 0.0 (measured);',
    );
    expect(report).toContain('first fix: serial phase "assemble"');
    const narrow = speedupReport(analyseSpeedup(runs, {}), { cells: 60, plot: false });
    expect(narrow).toContain('ranks  runs    time  speedup  effic   e(p)');
  });

  test('a refusal shows the table, the reason and the remedy', () => {
    const analysis = analyseSpeedup(exactRuns({ t1S: 600, f: 0.04 }, [2, 8]), {});
    expect(speedupReport(analysis, { cells: 80, plot: false })).toBe(
      [
        'SPEEDUP  runs  2 runs, 2 rank counts',
        'ranks  runs    time  ±CV  speedup  effic  model  e(p)  rank-h',
        '    2     1  312.0s    -        -      -      -     -   0.173',
        '    8     1   96.0s    -        -      -      -     -   0.213',
        'refused  TOO_FEW_POINTS: 2 rank counts, 3 needed for a serial fraction and 4 for',
        '         a ceiling; NO_BASE: no 1-rank run (least 2)',
        'to fix   measure p=1,4,16',
        '         best measured 8',
        '',
      ].join('\n'),
    );
  });

  test('superlinear points show <0, never a negative serial fraction', () => {
    const runs = exactRuns({ t1S: 64 }, [1, 2, 4, 8]).map((run) =>
      run.ranks > 1 ? { ...run, seconds: run.seconds / 1.2 } : run,
    );
    const report = speedupReport(analyseSpeedup(runs, {}), { cells: 80, plot: false });
    expect(report).toContain('SUPERLINEAR: 2 ranks use 17% less core time than 1');
    expect(report).toMatch(/120% +- +<0/);
    expect(report).not.toMatch(/-0\.\d/);
  });

  test('weak scaling has its own table and words', () => {
    const runs = [1, 2, 4, 8].map((ranks) => ({
      id: `${ranks}`,
      ranks,
      size: 100 * ranks,
      seconds: 10 * (1 + 0.05 * Math.log2(ranks)),
    }));
    const report = speedupReport(analyseSpeedup(runs, {}), { cells: 100, plot: false });
    expect(report).toContain('weak scaling');
    expect(report).toContain('scaled speedup  Gustafson s');
    expect(report).not.toContain('serial fraction');
  });
});

const wild = fc.double({ min: 1e-9, max: 1e12, noNaN: true });
const tame = fc.double({ min: 1, max: 100, noNaN: true });
const anyRuns: fc.Arbitrary<SpeedupRun[]> = fc
  .record({
    seconds: fc.oneof(wild, tame),
    extremes: fc.boolean(),
    rows: fc.array(
      fc.record({
        ranks: fc.constantFrom(1, 2, 3, 4, 8, 16, 64, 128),
        factor: fc.oneof(tame, fc.constantFrom(1, 1, 1)),
        weighted: fc.boolean(),
        throttled: fc.constantFrom(false, false, false, true),
      }),
      { maxLength: 14 },
    ),
  })
  .map(({ seconds, extremes, rows }) =>
    rows.map(({ ranks, factor, weighted, throttled }, index) => ({
      id: `run ${index}`,
      ranks,
      throttled,
      seconds: (seconds * (extremes ? factor ** 20 : 1 + factor / 50)) / ranks,
      useful: Array.from({ length: ranks }, () => factor),
      ...(weighted ? { weights: Array.from({ length: ranks }, (_, rank) => 1 + (rank % 3)) } : {}),
    })),
  );

describe('on any runs', () => {
  test('no NaN, no infinity, no negative serial fraction, no line too long', () => {
    fc.assert(
      fc.property(anyRuns, fc.constantFrom(60, 80, 120), (runs, cells) => {
        const analysis = analyseSpeedup(runs, {});
        const report = speedupReport(analysis, { cells });
        const texts = [report, JSON.stringify(speedupJson(analysis)), speedupCsv(analysis)];
        for (const text of texts)
          expect(text).not.toMatch(/NaN|Infinity|undefined|serial fraction -/);
        expect(analysis.fit?.f.value ?? 0).toBeGreaterThanOrEqual(0);
        for (const line of report.split('\n')) {
          expect(displayWidth(line)).toBeLessThanOrEqual(Math.max(cells, 80));
        }
      }),
      { numRuns: 150 },
    );
  });

  test('the order of the runs does not matter, and the bytes are the same twice', () => {
    fc.assert(
      fc.property(anyRuns, (runs) => {
        const text = (given: readonly SpeedupRun[]): string =>
          JSON.stringify(speedupJson(analyseSpeedup(given, {})).rows);
        expect(text(runs)).toBe(text(runs));
        const codes = (given: readonly SpeedupRun[]) => analyseSpeedup(given, {}).verdict;
        expect(codes(runs.toReversed())).toBe(codes(runs));
      }),
      { numRuns: 50 },
    );
  });
});
