import { describe, expect, test } from 'vitest';
import { equalSplitWaste, learnWeights } from '../../accounting/speedup/programWeights.ts';
import { analyseSpeedup } from '../../accounting/speedup/analyse.ts';
import { slowNodes } from '../../accounting/speedup/nodeHealth.ts';
import { hardwareLines } from '../../accounting/speedup/verdict.ts';
import { exactRuns } from './syntheticRuns.ts';

/** Two ranks per run, nodes rotating; rank 0 has twice the work, node c is slow. */
const rotating = ['ab', 'bc', 'ca', 'ab', 'bc', 'ca'].map((nodes, index) => ({
  id: `${index}`,
  ranks: 2,
  seconds: 10,
  nodeOfRank: [...nodes],
  useful: [...nodes].map((node, rank) => (rank === 0 ? 4 : 2) * (node === 'c' ? 1.25 : 1)),
}));

describe('slow nodes', () => {
  test('are told from ranks with more work', () => {
    expect(slowNodes(rotating)).toEqual([{ node: 'c', ratio: 1.25, observations: 4 }]);
  });

  test('need the node of every rank, and ranks that moved', () => {
    expect(slowNodes(rotating.map((run) => ({ ...run, nodeOfRank: undefined })))).toEqual([]);
    expect(slowNodes(rotating.map((run) => ({ ...run, nodeOfRank: ['a', 'c'] })))).toEqual([]);
  });
});

test('heat is named with its nodes', () => {
  const hot = { throttled: true, throttledNodes: ['pi07'] };
  const runs = [
    ...exactRuns({ t1S: 600, f: 0.05 }, [1, 2, 4, 8]),
    { id: 'x', ranks: 8, seconds: 200, ...hot },
    { id: 'y', ranks: 8, seconds: 200, ...hot, throttledNodes: ['pi07', 'pi11'] },
  ];
  expect(hardwareLines(analyseSpeedup(runs, {}))).toEqual([
    'heat: 2 of 6 runs throttled and left out: pi07 in 2, pi11 in 1 (measured)',
  ]);
});

test('an equal split wastes 1 - p min(w) / sum(w)', () => {
  // Two Pi 4 and two Pi 5 at 2.5: 1 - 4 / 7.
  expect(equalSplitWaste([1, 1, 2.5, 2.5])).toBeCloseTo(3 / 7, 12);
  expect(equalSplitWaste([2, 2])).toBe(0);
  expect(equalSplitWaste([])).toBe(0);
});

test('weights are learned from the program itself', () => {
  const boards = ['Pi 4', 'Pi 4', 'Pi 5', 'Pi 5'];
  const runs = [
    { boards, useful: [10, 10, 4, 4] },
    { boards, useful: [20, 20, 10, 10] },
    { boards: ['Pi 5'], useful: [1] },
    { boards, useful: [10, 10, 5, 5] },
  ];
  expect([...learnWeights(runs, 'Pi 4')]).toEqual([
    ['Pi 4', 1],
    ['Pi 5', 2],
  ]);
});
