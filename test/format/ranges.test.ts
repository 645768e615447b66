import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { compressIndexSet, parseArraySpec, parseIndexSet } from '../../cli/format/ranges.ts';

const bounds = { largestIndex: 1000, mostIndices: 500 };

test.each([
  ['0-3', [0, 1, 2, 3]],
  ['0-15:4,20', [0, 4, 8, 12, 20]],
  ['5,1,3,1', [1, 3, 5]],
  ['7', [7]],
])('%s is read', (text, indices) =>
  expect(parseIndexSet(text, bounds)).toEqual({ ok: true, value: indices }),
);

test.each([
  ['', 0],
  ['1,x', 2],
  ['4-2', 0],
  ['0-8:0', 0],
  ['0-1001', 0],
  ['0-600', 0],
  ['1-', 0],
  [Array.from({ length: 100 }, () => '1-400').join(','), 12],
])('%s is refused at %d', (text, at) =>
  expect(parseIndexSet(text, bounds)).toMatchObject({ ok: false, at }),
);

test('an array may carry a throttle', () => {
  expect(parseArraySpec('0-99%8', bounds)).toMatchObject({ ok: true, value: { atOnce: 8 } });
  expect(parseArraySpec('0-3', bounds)).toEqual({
    ok: true,
    value: { indices: [0, 1, 2, 3], atOnce: undefined },
  });
  expect(parseArraySpec('0-3%0', bounds)).toMatchObject({ ok: false, at: 4 });
});

test.each([
  [[0, 1, 2, 3], '0-3'],
  [[0, 4, 8, 12, 20], '0-12:4,20'],
  [[1, 3, 5], '1,3,5'],
  [[5, 6], '5,6'],
  [[], ''],
])('%j is compressed', (indices, text) => expect(compressIndexSet(indices)).toBe(text));

test('any set survives compression', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.nat(1000), { minLength: 1, maxLength: 400 }), (indices) => {
      const sorted = [...indices].sort((a, b) => a - b);
      expect(parseIndexSet(compressIndexSet(sorted), bounds)).toEqual({ ok: true, value: sorted });
    }),
  );
});
