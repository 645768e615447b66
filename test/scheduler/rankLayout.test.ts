import { expect, test } from 'vitest';
import { rankLayout, ranksText } from '../../scheduler/model/rankLayout.ts';

test.each([
  [[2, 2], 'block', ['ranks 0-1', 'ranks 2-3']],
  [[2, 2], undefined, ['ranks 0-1', 'ranks 2-3']],
  [[2, 2], 'cyclic', ['ranks 0,2', 'ranks 1,3']],
  [[1, 3, 2], 'cyclic', ['rank 0', 'ranks 1,3,5', 'ranks 2,4']],
  [[3], 'cyclic', ['ranks 0-2']],
] as const)('%j %s', (counts, distribution, texts) => {
  expect(rankLayout(counts, distribution).map(ranksText)).toEqual(texts);
});
