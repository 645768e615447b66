import { describe, expect, test } from 'vitest';
import { analyseSpeedup } from '../../accounting/speedup/analyse.ts';
import { splitRuns } from '../../accounting/speedup/group.ts';
import { remediesOf } from '../../accounting/speedup/sentence.ts';
import { verdictLines } from '../../accounting/speedup/verdict.ts';
import { exactRuns, trueSeconds } from './syntheticRuns.ts';

const truth = { t1S: 600, f: 0.05 };
const codes = (runs: Parameters<typeof analyseSpeedup>[0]) =>
  analyseSpeedup(runs, {}).findings.map(({ code }) => code);

describe('refused', () => {
  test.each<[string, number[], string[]]>([
    ['nothing', [], ['NO_RUNS', 'TOO_FEW_POINTS']],
    ['one rank count', [4, 4, 4], ['TOO_FEW_POINTS', 'NO_BASE']],
    ['two points', [1, 8], ['TOO_FEW_POINTS']],
    ['two points without a base', [2, 8], ['TOO_FEW_POINTS', 'NO_BASE']],
    ['a narrow range', [4, 5, 6, 8], ['NARROW_RANGE']],
  ])('%s', (_, ranks, expected) => {
    const analysis = analyseSpeedup(exactRuns(truth, ranks), {});
    expect(analysis.findings.map(({ code }) => code)).toEqual(expected);
    expect(analysis.verdict).toBe('refused');
    expect([analysis.fit, analysis.advice, analysis.candidates, analysis.predictions]).toEqual([
      undefined,
      undefined,
      [],
      [],
    ]);
  });

  test('superlinear speedup, naming the pair', () => {
    const runs = exactRuns({ t1S: 600 }, [1, 2, 4, 8]).map((run) =>
      run.ranks >= 4 ? { ...run, seconds: run.seconds / 1.3 } : run,
    );
    const { findings } = analyseSpeedup(runs, {});
    expect(findings).toEqual([
      { code: 'SUPERLINEAR', ratio: expect.closeTo(1.3, 12), fromRanks: 1, toRanks: 4 },
    ]);
  });

  test('times that no model follows', () => {
    const runs = exactRuns({ t1S: 600, f: 0.3 }, [1, 2, 4, 8, 16, 32]).map((run) =>
      run.ranks === 4 ? { ...run, seconds: 1.5 * run.seconds } : run,
    );
    expect(codes(runs)).toEqual(['LACK_OF_FIT']);
    expect(analyseSpeedup(runs, {}).verdict).toBe('refused');
  });

  test('mixed sizes, versions, placements and boards', () => {
    const runs = exactRuns(truth, [1, 2, 4, 8, 16]);
    const mixed = (change: (ranks: number) => object) =>
      codes(runs.map((run) => ({ ...run, ...change(run.ranks) })));
    expect(mixed((ranks) => ({ size: ranks < 4 ? 100 : 200 }))).toEqual(['MIXED_SIZE']);
    expect(mixed((ranks) => ({ version: ranks < 4 ? 'v1' : 'v2' }))).toEqual(['MIXED_VERSION']);
    expect(mixed((ranks) => ({ model: ranks < 4 ? 'Pi 4' : 'Pi 5' }))).toEqual(['MIXED_MODEL']);
    expect(mixed((ranks) => ({ threadsPerRank: ranks < 4 ? 1 : 2 }))).toEqual(['MIXED_THREADS']);
    expect(
      mixed((ranks) =>
        ranks === 16 ? { nodes: 16 } : { nodes: Math.ceil(ranks / 4), ranksPerNode: 4 },
      ),
    ).toEqual(['MIXED_PLACEMENT']);
  });

  test('one placement: packed, one per node, or spread over the same nodes', () => {
    const runs = exactRuns(truth, [1, 2, 4, 8, 16]);
    const placed = (nodesFor: (ranks: number) => number) =>
      analyseSpeedup(
        runs.map((run) => ({ ...run, nodes: nodesFor(run.ranks) })),
        {},
      ).group.placement;
    expect(placed((ranks) => Math.ceil(ranks / 4))).toBe('packed 4/node');
    expect(placed((ranks) => ranks)).toBe('1/node');
    expect(placed((ranks) => Math.min(ranks, 4))).toBe('spread over 4 nodes');
  });

  test('throttled runs leave too little', () => {
    const runs = exactRuns(truth, [1, 2, 4, 8]).map((run) => ({
      ...run,
      throttled: run.ranks > 2,
    }));
    const analysis = analyseSpeedup(runs, {});
    expect(analysis.findings.map(({ code }) => code)).toEqual(['THROTTLED', 'TOO_FEW_POINTS']);
    expect(analysis.excluded.map(({ reason }) => reason)).toEqual(['throttled', 'throttled']);
  });

  test('runs that failed, were preempted or carry bad numbers are left out with the reason', () => {
    const [good] = exactRuns(truth, [1]);
    const analysis = analyseSpeedup(
      [
        good!,
        { ...good!, id: 'a', state: 'FAILED' },
        { ...good!, id: 'b', preempted: true },
        { ...good!, id: 'c', seconds: Number.NaN },
        { ...good!, id: 'd', seconds: -1 },
        { ...good!, id: 'e', ranks: 1.5 },
        { ...good!, id: 'f', weights: [1, 2] },
        good!,
      ],
      {},
    );
    expect(analysis.excluded.map(({ run, reason }) => `${run.id}: ${reason}`)).toEqual([
      'a: not completed',
      'b: preempted',
      'c: not a positive time',
      'd: not a positive time',
      'e: not a rank count',
      'f: weights do not match the ranks',
      'run 1: repeats another run',
    ]);
  });
});

test('three points give f and neither interval nor ceiling', () => {
  const analysis = analyseSpeedup(exactRuns(truth, [1, 4, 16]), {});
  expect(analysis.verdict).toBe('caution');
  expect(analysis.findings.map(({ code }) => code)).toEqual(['FEW_POINTS']);
  expect(analysis.fit?.f).toEqual({ value: expect.closeTo(0.05, 9), interval: undefined });
  expect(analysis.advice).toBeUndefined();
});

test('residuals between 5 and 10 percent: caution', () => {
  const runs = exactRuns(truth, [1, 2, 4, 8, 16, 32]).map((run, index) => ({
    ...run,
    seconds: run.seconds * (index % 2 === 0 ? 1.05 : 0.95),
  }));
  expect(codes(runs)).toEqual(['WEAK_FIT']);
});

test('points below one full node are left out when only then the models fit', () => {
  const runs = [1, 2, 4, 8, 16, 32, 64].map((ranks) => ({
    id: `${ranks}`,
    ranks,
    nodes: Math.ceil(ranks / 4),
    seconds: trueSeconds(truth, ranks) * (ranks < 4 ? 0.8 : 1),
  }));
  const analysis = analyseSpeedup(runs, {});
  expect(analysis.findings).toEqual([{ code: 'IN_NODE_DIFFERS', ranks: [1, 2] }]);
  expect(analysis.fit?.f.value).toBeCloseTo(0.05, 9);
  expect(analysis.rows.map((row) => row.subNode)).toEqual([
    true,
    true,
    false,
    false,
    false,
    false,
    false,
  ]);
});

test('a prediction beyond twice the largest is refused', () => {
  const { predictions } = analyseSpeedup(exactRuns(truth, [1, 2, 4, 8, 16]), {
    predictRanks: [32, 33],
  });
  expect(predictions.map((one) => (one.kind === 'refused' ? one.code : one.extrapolated))).toEqual([
    true,
    'EXTRAPOLATION_LIMIT',
  ]);
});

test('a refusal says what to measure', () => {
  const analysis = analyseSpeedup(exactRuns(truth, [2, 8]), {});
  expect(remediesOf(analysis)).toEqual(['measure p=1,4,16']);
  expect(verdictLines(analysis, { dash: '-' })[0]).toBe(
    'refused: TOO_FEW_POINTS 2 rank counts, 3 needed for a serial fraction and 4 for a ceiling; ' +
      'NO_BASE no 1-rank run (least 2); to fix: measure p=1,4,16',
  );
});

test('a pool that mixes is offered as groups; runs on one node belong to every placement', () => {
  const runs = [
    { id: 'a', ranks: 1, nodes: 1, seconds: 1 },
    { id: 'b', ranks: 16, nodes: 4, seconds: 1 },
    { id: 'c', ranks: 16, nodes: 16, seconds: 1 },
  ];
  expect(splitRuns(runs).map((group) => group.map(({ id }) => id).join(''))).toEqual(['ac', 'ab']);
});
