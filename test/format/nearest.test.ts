import { expect, test } from 'vitest';
import { didYouMean, editDistance, nearest } from '../../cli/format/nearest.ts';

const keys = ['ranks', 'cores-per-rank', 'memory-per-rank', 'time', 'partition'];

test.each([
  ['rank', 'ranks'],
  ['rnaks', 'ranks'],
  ['cores_per_rank', 'cores-per-rank'],
  ['tiem', 'time'],
  ['part', 'partition'],
  ['zebra', undefined],
  ['', undefined],
])('%s means %s', (typed, known) => expect(nearest(typed, keys)).toBe(known));

test('a swap costs one, like any other edit', () => {
  expect(editDistance('ab', 'ba')).toBe(1);
  expect(editDistance('kitten', 'sitting')).toBe(3);
  expect(didYouMean('tiem', keys)).toBe("; did you mean 'time'?");
  expect(didYouMean('zebra', keys)).toBe('');
});
