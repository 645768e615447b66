import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseConstraint } from '../../cli/format/constraint.ts';
import { parseCountables } from '../../cli/format/countable.ts';
import { parseSpan, spanText } from '../../cli/format/span.ts';
import { constraintText, countablesText } from '../../scheduler/model/constraint.ts';
import type { Constraint } from '../../scheduler/model/request.ts';
import { satisfies } from '../../scheduler/policy/suitability.ts';

const feature = (name: string): Constraint => ({ kind: 'feature', feature: name });

test.each<readonly [string, Constraint]>([
  ['pi5', feature('pi5')],
  [' pi5 & nvme ', { kind: 'all', of: [feature('pi5'), feature('nvme')] }],
  ['a|b&c', { kind: 'any', of: [feature('a'), { kind: 'all', of: [feature('b'), feature('c')] }] }],
  [
    '(a|b)&c',
    { kind: 'all', of: [{ kind: 'any', of: [feature('a'), feature('b')] }, feature('c')] },
  ],
  ['((a))', feature('a')],
  ['a&(b&c)', { kind: 'all', of: [feature('a'), feature('b'), feature('c')] }],
  ['[a|b]', { kind: 'same', of: ['a', 'b'] }],
  ['c&[a|b]', { kind: 'all', of: [feature('c'), { kind: 'same', of: ['a', 'b'] }] }],
  ['pi5*2', { kind: 'counted', of: [{ feature: 'pi5', nodes: 2 }] }],
  [
    '[pi5*2&pi4*1]',
    {
      kind: 'counted',
      of: [
        { feature: 'pi5', nodes: 2 },
        { feature: 'pi4', nodes: 1 },
      ],
    },
  ],
  [
    'nvme&[pi5*2]',
    { kind: 'all', of: [feature('nvme'), { kind: 'counted', of: [{ feature: 'pi5', nodes: 2 }] }] },
  ],
])('%s', (text, value) => expect(parseConstraint(text)).toEqual({ ok: true, value }));

test.each([
  ['', 0, 'a feature is missing'],
  ['pi5&', 4, 'a feature is missing'],
  ['pi5||nvme', 4, 'a feature is missing'],
  ['pi5 nvme', 4, "'n' where & or | was expected"],
  ['(pi5', 4, "a ')' is missing"],
  ['pi5)', 3, 'without its opening bracket'],
  ['[pi4&pi5]', 4, 'either feature|feature or feature*count'],
  ['[pi4|pi5', 8, "a ']' is missing"],
  ['[a|b]|c', 0, '[name|name] only stands alone'],
  ['[a|b]&[c|d]', 0, 'only one [name|name]'],
  ['[pi4*1|pi5*1]', 6, "a ']' is missing"],
  ['pi5*0', 5, 'not a count from 1'],
  ['pi5*', 4, 'not a count from 1'],
  ['[a*1&a*2]', 9, 'a is counted twice'],
  ['a|b*2', 0, 'name*count only stands alone'],
  ['(a|b*2)&c', 0, 'name*count only stands alone'],
  ['pi5!', 3, "'!' where"],
  ['('.repeat(40), 17, 'too many brackets'],
  ['a'.repeat(300), 256, 'above the limit of 256'],
])('%s is refused at %d', (text, at, message) => {
  expect(parseConstraint(text)).toMatchObject({
    ok: false,
    at,
    message: expect.stringContaining(message),
  });
});

const NAMES = ['pi4', 'pi5', 'nvme', 'x_1', 'a.b-c'];
const leaf = fc.constantFrom(...NAMES).map(feature);
const perNode: fc.Arbitrary<Constraint> = fc.letrec<{ tree: Constraint }>((tie) => ({
  tree: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    leaf,
    fc.record({
      kind: fc.constantFrom('all' as const, 'any' as const),
      of: fc.array(tie('tree'), { minLength: 2, maxLength: 3 }),
    }),
  ),
})).tree;

test('what is printed is read back, and means the same on every node', () => {
  fc.assert(
    fc.property(perNode, fc.subarray(NAMES), (tree, has) => {
      const text = constraintText(tree);
      fc.pre(text.length <= 256);
      const read = parseConstraint(text);
      if (!read.ok) throw new Error(read.message);
      const features = new Set(has);
      expect(satisfies(features, read.value)).toBe(satisfies(features, tree));
      expect(constraintText(read.value)).toBe(text);
    }),
  );
});

test('any text is read or refused at a place within it', () => {
  const words = fc.constantFrom(
    ...NAMES,
    '&',
    '|',
    '(',
    ')',
    '[',
    ']',
    '*',
    '2',
    ' ',
    ',',
    ':',
    '-',
  );
  const texts = fc.oneof(
    fc.string(),
    fc.array(words).map((all) => all.join('')),
  );
  fc.assert(
    fc.property(texts, (text) => {
      for (const parse of [
        parseConstraint,
        parseCountables,
        (one: string) => parseSpan(one, 100),
      ]) {
        const read = parse(text);
        if (!read.ok) expect(read.at).toBeLessThanOrEqual(text.length);
      }
      const constraint = parseConstraint(text);
      if (constraint.ok) {
        expect(parseConstraint(constraintText(constraint.value))).toEqual(constraint);
      }
      const things = parseCountables(text);
      if (things.ok) expect(parseCountables(countablesText(things.value))).toEqual(things);
      const span = parseSpan(text, 100);
      if (span.ok) expect(parseSpan(spanText(span.value), 100)).toEqual(span);
    }),
    { numRuns: 2_000 },
  );
});

test.each([
  ['2', { least: 2, most: 2 }],
  [' 2 - 8 ', { least: 2, most: 8 }],
])('%s as a span', (text, value) => expect(parseSpan(text, 100)).toEqual({ ok: true, value }));

test.each(['', '0', '101', '2-', '-2', '1.5', '8-2', '1-101', 'two', '1e1'])(
  '%s is no span',
  (text) => expect(parseSpan(text, 100).ok).toBe(false),
);
