import { expect, test } from 'vitest';
import { CEILING, KNEE, MEASURED, plotLog2 } from '../../cli/format/plot.ts';

const frame = { columns: 17, lines: 5, x: { from: 1, to: 16 }, y: { from: 1, to: 16 } };
const layers = [
  { kind: 'horizontal', y: 8, mark: CEILING },
  { kind: 'curve', at: (x: number) => x, ascii: '/' },
  { kind: 'vertical', x: 4, mark: KNEE },
  {
    kind: 'marks',
    points: [
      { x: 1, y: 1 },
      { x: 16, y: 4 },
    ],
    mark: MEASURED,
  },
] as const;

test('powers of two lie at equal distances, in ASCII', () => {
  expect(plotLog2({ ...frame, ascii: true }, layers)).toBe(
    [
      '16+        |      //',
      ' 8+--------|--////--',
      ' 4+       /|//     o',
      ' 2+   //// |',
      ' 1+o//     |',
      '  ++---+---+---+---+',
      '   1   2   4   8   16',
      '',
    ].join('\n'),
  );
});

test('braille draws the same frame', () => {
  const text = plotLog2({ ...frame, ascii: false }, layers);
  expect(text.split('\n')).toHaveLength(8);
  expect(text).toContain('●');
  expect(text).toMatch(/[\u2801-\u28ff]/);
});

test('what a logarithm cannot place is left out', () => {
  const curve = { kind: 'curve', at: () => Number.NaN, ascii: '*' } as const;
  expect(plotLog2({ ...frame, ascii: true }, [curve])).not.toContain('*');
});
