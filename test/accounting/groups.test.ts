import { expect, test } from 'vitest';
import { analyseGroups } from '../../accounting/speedup/analyseGroups.ts';
import { splitRuns } from '../../accounting/speedup/group.ts';
import { exactRuns } from './syntheticRuns.ts';

const DOUBLINGS = [1, 2, 4, 8, 16];

test('runs that belong together are one group', () => {
  const { whole, groups } = analyseGroups(exactRuns({ t1S: 600, f: 0.05 }, DOUBLINGS), {});
  expect(groups).toEqual([whole]);
});

test('two sizes: refused together, each fitted alone', () => {
  const small = exactRuns({ t1S: 60, f: 0.1 }, DOUBLINGS, { size: 100 });
  const large = exactRuns({ t1S: 600, f: 0.02 }, [...DOUBLINGS, 32], { size: 1000 });
  const runs = [...small, ...large].map((run, index) => ({ ...run, id: `${index}` }));
  const { whole, groups } = analyseGroups(runs, {});
  expect([whole.verdict, whole.findings.map(({ code }) => code)]).toEqual([
    'refused',
    ['MIXED_SIZE'],
  ]);
  expect(groups.map(({ group, fit }) => [group.size, fit?.f.value])).toEqual([
    [1000, expect.closeTo(0.02, 9)],
    [100, expect.closeTo(0.1, 9)],
  ]);
});

test('weak scaling is not split by size', () => {
  const runs = [1, 2, 4, 8].map((ranks) => ({
    id: `${ranks}`,
    ranks,
    size: 10 * ranks,
    seconds: 5,
  }));
  expect(splitRuns(runs)).toEqual([runs]);
});

test('a hundred and thirty thousand runs are no more than their rank counts', () => {
  const runs = Array.from({ length: 130_000 }, (_, index) => {
    const ranks = DOUBLINGS[index % DOUBLINGS.length] ?? 1;
    return { id: `${index}`, ranks, nodes: ranks, size: 7, seconds: 600 * (0.05 + 0.95 / ranks) };
  });
  const { whole } = analyseGroups(runs, {});
  expect(whole.rows.map(({ runs: count }) => count)).toEqual([
    26_000, 26_000, 26_000, 26_000, 26_000,
  ]);
  expect(whole.fit?.f.value).toBeCloseTo(0.05, 9);
});

test('a million ranks are searched on a grid', () => {
  const { advice } = analyseGroups(
    exactRuns({ t1S: 600, f: 1e-5 }, [1, 1000, 10_000, 100_000, 1_000_000]),
    {},
  ).whole;
  // p_1/2 = (1 - f) / f = 99,999.
  expect(Math.abs((advice?.knee.ranks ?? 0) / 99_999 - 1)).toBeLessThan(0.003);
});
