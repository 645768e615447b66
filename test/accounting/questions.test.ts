import { describe, expect, test } from 'vitest';
import { analyseSpeedup } from '../../accounting/speedup/analyse.ts';
import { checkAssertion, readAssertion } from '../../accounting/speedup/assertion.ts';
import { suggestRanks } from '../../accounting/speedup/suggest.ts';
import { readChange, whatIf } from '../../accounting/speedup/whatIf.ts';
import { exactRuns } from './syntheticRuns.ts';

const DOUBLINGS = [1, 2, 4, 8, 16, 32];
const amdahl = analyseSpeedup(exactRuns({ t1S: 600, f: 0.04 }, DOUBLINGS), {});
const refused = analyseSpeedup(exactRuns({ t1S: 600, f: 0.04 }, [1, 8]), {});

describe('--what-if', () => {
  test('halving the serial part, by hand: S(32) = 32 / (1 + 31 f)', () => {
    const change = readChange('f=2%, p=32');
    const found = change.ok ? whatIf(amdahl, change.value) : undefined;
    expect(found?.now.speedup).toBeCloseTo(32 / 2.24, 6);
    expect(found?.supposed.speedup).toBeCloseTo(32 / 1.62, 6);
    expect([found?.now.ceiling, found?.supposed.ceiling]).toEqual([expect.closeTo(25, 6), 50]);
  });

  test.each([
    ['f', 0],
    ['p=32,g=2', 5],
    ['f=2', 0],
    ['p=1.5', 0],
    ['f=-1', 0],
    ['t1=0', 0],
  ])('%s is refused at %d', (text, at) =>
    expect(readChange(text)).toMatchObject({ ok: false, at }),
  );

  test('a refused analysis supposes nothing', () =>
    expect(whatIf(refused, { f: 0.1 })).toBeUndefined());
});

describe('--assert', () => {
  const check = (text: string, analysis = amdahl): string[] => {
    const read = readAssertion(text);
    if (!read.ok) return [read.message];
    return checkAssertion(analysis, read.value).map(
      ({ outcome, measured }) => `${outcome}${measured ? ' measured' : ''}`,
    );
  };

  test('measured where measured, predicted elsewhere', () => {
    expect(check('efficiency(16)>=0.6')).toEqual(['holds measured']);
    expect(check('efficiency(16)>=63% and speedup(24) > 12.4 and seconds(48) < 1')).toEqual([
      'fails measured',
      'holds',
      'fails',
    ]);
    expect(check('f<5% and ceiling>=25 and knee<=24 && peak>64 and best>=32')).toEqual([
      'holds',
      'holds',
      'holds',
      'holds',
      'holds measured',
    ]);
  });

  test('what cannot be known does not pass', () => {
    expect(check('efficiency(65)>=0')).toEqual(['unknown']);
    expect(check('f<1', refused)).toEqual(['unknown']);
    expect(check('efficiency(8)>0.1', refused)).toEqual(['holds measured']);
  });

  test.each([
    ['speed(2)>1', 0],
    ['f<1 and', 7],
    ['f=1', 0],
    ['efficiency(0)>1', 0],
  ])('%s is refused at %d', (text, at) =>
    expect(readAssertion(text)).toMatchObject({ ok: false, at }),
  );
});

describe('--suggest', () => {
  test('too few points: what a sweep lacks', () => {
    expect(suggestRanks(refused)).toEqual({
      ranks: 2,
      reason: 'too few rank counts',
      size: undefined,
    });
  });

  test('models that agree: where the interval is widest, twice the largest', () => {
    expect(suggestRanks(amdahl)).toMatchObject({ ranks: 64, reason: 'the interval is widest' });
  });

  test('models that disagree: where they do so most', () => {
    const runs = exactRuns({ t1S: 600, f: 0.04, kappa: 0.0004 }, [1, 2, 4, 8, 16]);
    expect(suggestRanks(analyseSpeedup(runs, {}))).toMatchObject({
      ranks: 32,
      reason: 'the models disagree',
    });
    const noBase = exactRuns({ t1S: 600, f: 0.04, lambda: 0.01 }, [8, 16, 32, 64]);
    expect(suggestRanks(analyseSpeedup(noBase, {}))).toMatchObject({
      reason: 'the models disagree',
    });
  });
});

test('weak scaling: the time should stay', () => {
  const runs = [1, 2, 4, 8, 16].map((ranks) => ({
    id: `${ranks}`,
    ranks,
    size: 1000 * ranks,
    seconds: 100 * (1 + 0.02 * Math.log2(ranks)),
  }));
  const { group, verdict, weak, fit, advice } = analyseSpeedup(runs, {});
  expect([group.scaling, verdict, fit, advice]).toEqual(['weak', 'ok', undefined, undefined]);
  expect(weak?.model).toBe('weak+log');
  expect(weak?.lambda).toBeCloseTo(0.02, 9);
  // At 16: E_w = 1 / 1.08 up to the averaging of T1, scaled speedup 16 E_w, s = (16 - S) / 15.
  const last = weak?.rows.at(-1);
  const efficiency = last?.efficiency ?? 0;
  expect(efficiency).toBeCloseTo(1 / 1.08, 1);
  expect(last?.scaledSpeedup).toBeCloseTo(16 * efficiency, 9);
  expect(last?.gustafson).toBeCloseTo((16 - 16 * efficiency) / 15, 9);
});
