import { describe, expect, test } from 'vitest';
import { boardWeights } from '../../accounting/speedup/boardWeights.ts';

const pi4 = (ranks: number, weight: number) => ({ model: 'Pi 4', ranks, weight });
const pi5 = (ranks: number, weight: number) => ({ model: 'Pi 5', ranks, weight });

describe('board weights', () => {
  test('boards of one model count alike, however their calibrations differ', () => {
    expect(boardWeights([[pi4(1, 1.02)], [pi4(1, 0.99), pi4(1, 1.03)]])).toBeUndefined();
  });

  test('a faster model counts as its median against the slowest', () => {
    expect(boardWeights([[pi4(2, 1)], [pi5(1, 2.4), pi4(1, 1)], [pi5(1, 2.6)]])).toEqual([
      [1, 1],
      [2.5, 1],
      [2.5],
    ]);
  });

  test('no runs, no weights', () => {
    expect(boardWeights([])).toBeUndefined();
  });
});
