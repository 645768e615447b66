import { expect, test } from 'vitest';
import { analyseSpeedup } from '../../accounting/speedup/analyse.ts';
import { speedupCsv } from '../../accounting/speedup/csv.ts';
import { speedupJson } from '../../accounting/speedup/json.ts';
import { verdictLines } from '../../accounting/speedup/verdict.ts';
import { exactRuns } from './syntheticRuns.ts';

const DOUBLINGS = [1, 2, 4, 8, 16, 32];
const amdahl = analyseSpeedup(exactRuns({ t1S: 600, f: 0.04 }, DOUBLINGS), {
  predictRanks: [48, 128],
});
const usl = analyseSpeedup(exactRuns({ t1S: 600, f: 0.04, kappa: 0.003 }, DOUBLINGS), {});

test('verdict lines, in the grammar', () => {
  expect(verdictLines(amdahl, { dash: '–' })).toEqual([
    'serial fraction 4.0% [4.0–4.0]',
    'ceiling 25x [25–25]',
    'at 32 ranks 45% efficient (measured)',
    'best measured 32',
    'cost-efficient 8 (min T·p^0.75, E 78%)',
    'knee 24 (E 52%)',
    'no slowdown seen up to 32',
    '48 ranks: 36 s [31–42] extrapolated',
    '128 ranks: not predicted (limit 64 = 2x largest measured)',
  ]);
  // sqrt(.96 / .003) = 17.9.
  expect(verdictLines(usl, { dash: '–' })).toContain('more than 18 ranks slows down [18–18]');
});

test('JSON has the promised keys, null for the unknown', () => {
  const json = speedupJson(amdahl);
  expect(json).toMatchObject({
    schema: 1,
    algorithm: 'piacct-ref-1',
    verdict: 'ok',
    codes: [],
    fit: {
      model: 'amdahl',
      f: expect.closeTo(0.04, 9),
      fLow: expect.closeTo(0.04, 9),
      fHigh: expect.closeTo(0.04, 9),
      lambda: 0,
      kappa: 0,
      t1S: expect.closeTo(600, 6),
    },
    predictions: [
      { ranks: 48, extrapolated: true },
      { ranks: 128, code: 'EXTRAPOLATION_LIMIT', limitRanks: 64 },
    ],
    bestMeasured: { ranks: 32 },
    peak: null,
    decomposition: null,
    weak: null,
  });
  expect(Object.keys(json).sort()).toEqual(
    [
      'algorithm bestMeasured candidates ceiling codes costEfficient decomposition energyOptimal findings fit group knee',
      'limitRanks lines peak predictions rows runs schema t1Measured t1S toFix verdict weak',
    ]
      .join(' ')
      .split(' '),
  );
  const refused = speedupJson(analyseSpeedup(exactRuns({ t1S: 600 }, [1, 2]), {}));
  expect(refused).toMatchObject({
    verdict: 'refused',
    codes: ['TOO_FEW_POINTS'],
    fit: null,
    candidates: [],
    predictions: [],
    toFix: ['measure p=4,8,16'],
  });
  expect(JSON.parse(JSON.stringify(refused))).toEqual(refused);
});

test('CSV is the table, empty where nothing is known', () => {
  const lines = speedupCsv(analyseSpeedup(exactRuns({ t1S: 600, f: 0.04 }, [2, 8]), {})).split(
    '\n',
  );
  expect(lines[0]).toBe(
    'ranks,equivalent,runs,seconds,cv,speedup,efficiency,modelSeconds,modelSpeedup,karpFlatt,' +
      'rankHours,wattHours,serial,imbalance,transfer,extra,other,subNode',
  );
  expect(lines[2]).toMatch(/^8,8,1,95\.9\d*,,,,,,,0\.213\d*,,,,,,,false$/);
  expect(lines).toHaveLength(4);
});
