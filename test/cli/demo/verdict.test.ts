import { describe, expect, test } from 'vitest';
import { EXAMPLES, NIGHTLY } from '../../../cli/demo/knownAnswers.ts';
import { comparisonLine, judge } from '../../../cli/demo/verdict.ts';

const named = (name: string) => {
  const found = [...EXAMPLES, NIGHTLY].find((each) => each.name === name);
  if (!found) throw new Error(`no example ${name}`);
  return found;
};

const fibonacci = { answer: 9_227_465, bound: 2.618033, verified: true };

describe('an example is verified', () => {
  test('when every value is the known one', () => {
    const { verified, comparisons } = judge(named('fibonacci'), [6], [fibonacci]);
    expect(verified).toBe(true);
    expect(comparisons.map(comparisonLine)).toEqual([
      'fib(35): 9227465 (published)',
      'bound of the speedup: 2.618033 (phi^2)',
      "the example's own check: true (its kernel)",
    ]);
  });

  test.each([
    ['a wrong answer', { ...fibonacci, answer: 9_227_466 }],
    ['an answer as text', { ...fibonacci, answer: '9227465' }],
    ['a bound outside its tolerance', { ...fibonacci, bound: 2.619 }],
    ['no number at all', { ...fibonacci, bound: Number.NaN }],
    ['a kernel that did not verify', { ...fibonacci, verified: undefined }],
    ['nothing', undefined],
  ])('not with %s', (_what, result) => {
    expect(judge(named('fibonacci'), [6], [result]).verified).toBe(false);
  });

  test('not without any result', () => {
    for (const example of [...EXAMPLES, NIGHTLY]) {
      expect(judge(example, [1], []).verified, example.name).toBe(false);
    }
  });
});

test('an array is verified when each of its tasks is', () => {
  const counts = [4, 25, 168, 1_229, 9_592, 78_498, 664_579, 5_761_455];
  const results = counts.map((answer) => ({ answer, verified: true }));
  expect(judge(named('array-sweep'), [8], results).verified).toBe(true);
  expect(judge(named('array-sweep'), [8], results.slice(0, 7)).verified).toBe(false);
});

test('a plain command is verified by what its ranks printed', () => {
  const line = (rank: number, slice: string) =>
    `awk rank ${rank} of 2 slice ${slice} exact ${slice} verified\n`;
  const judged = (text: string) => judge(named('plain-command'), [9], [text]).verified;
  expect(judged(line(0, '1.854590436003') + line(1, '1.287002217587'))).toBe(true);
  expect(judged(line(0, '1.854590436003') + line(1, '1.287002217600'))).toBe(true);
  expect(judged(line(0, '1.854590436003') + line(1, '1.287002317587'))).toBe(false);
  expect(judged(line(0, '1.854590436003'))).toBe(false);
});

test('a wrong value is shown beside the known one', () => {
  const { comparisons } = judge(named('matmul'), [5], [{ answer: 7, verified: true }]);
  const [first] = comparisons;
  if (!first) throw new Error('no comparison');
  expect(comparisonLine(first)).toBe(
    'sum of all entries: 7, known: -3442 (column sums x row sums)',
  );
});
