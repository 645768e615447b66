import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseJsonText, valueOfNode } from '../../accounting/speedup/jsonText.ts';
import { faultSentence } from '../../accounting/speedup/readFault.ts';
import { readRuns } from '../../accounting/speedup/readRuns.ts';
import { MOST_ROWS } from '../../accounting/speedup/readRunsResult.ts';

const faults = (text: string): string[] => {
  const read = readRuns(text);
  return read.ok ? ['none'] : read.faults.map(faultSentence);
};

describe('CSV', () => {
  test('all fields, whatever the case and separator', () => {
    const read = readRuns(
      '# a sweep\r\nRanks;Seconds;ranks_per_node;weights;size;model;throttled;useful[]\r\n' +
        '2;10.5;4;1 2.5;800x600;"Pi 4; Pi 5";no;4,x\r\n'.replace('4,x', '4 5'),
    );
    expect(read).toEqual({
      ok: true,
      warnings: [],
      runs: [
        {
          id: 'line 3',
          ranks: 2,
          seconds: 10.5,
          ranksPerNode: 4,
          weights: [1, 2.5],
          size: '800x600',
          model: 'Pi 4; Pi 5',
          throttled: false,
          useful: [4, 5],
        },
      ],
    });
  });

  test('empty optional cells are unknown, quotes may hold line ends and quotes', () => {
    const read = readRuns('ranks,seconds,app,size\n1,2,"a ""b""\nc",\n4,1,,100\n');
    expect(read.ok && read.runs).toEqual([
      { id: 'line 2', ranks: 1, seconds: 2, app: 'a "b"\nc' },
      { id: 'line 4', ranks: 4, seconds: 1, size: 100 },
    ]);
  });

  test.each([
    ['', ['line 1, column 1: the file is empty']],
    ['ranks,time\n', ['line 1, column 1: no run below the header']],
    [
      'nodes,size\n1,2\n',
      [
        "line 1, column 1: no column 'ranks'; there are: nodes, size",
        "line 1, column 1: no column 'seconds'; there are: nodes, size",
      ],
    ],
    ['ranks,seconds\n1,ten\n', ["line 2, column 3: seconds 'ten' is not a number"]],
    [
      'ranks,seconds\n1,0\n2,-3\n',
      [
        "line 2, column 3: seconds '0' is not above 0",
        "line 3, column 3: seconds '-3' is not above 0",
      ],
    ],
    ['ranks,seconds\n1.5,3\n', ["line 2, column 1: ranks '1.5' is not a whole number above 0"]],
    ['ranks,seconds\n4,\n', ["line 2, column 3: seconds '' is empty"]],
    ['ranks,seconds\n4,NaN\n', ["line 2, column 3: seconds 'NaN' is not a number"]],
    ['ranks,seconds\n4,1e999\n', ["line 2, column 3: seconds '1e999' is not a number"]],
    ['ranks,seconds\n1,2,3\n', ['line 2, column 1: 3 columns where the header has 2']],
    ['ranks,seconds,p\n1,2,3\n', ["line 1, column 15: a second column for ranks: 'p'"]],
    ['ranks,seconds,app\n1,2,"x\n', ['line 2, column 5: a quote that is never closed']],
    ['ranks,seconds,app\n1,2,"x"y\n', ['line 2, column 8: text after a closing quote']],
    [
      'ranks,seconds,weights\n2,3,1 x\n',
      ["line 2, column 5: weights '1 x' holds 'x', which is not a number"],
    ],
  ])('%j is refused with its place', (text, expected) => expect(faults(text)).toEqual(expected));

  test('a column that is not used is said', () => {
    const read = readRuns('ranks,seconds,colour\n1,2,red\n');
    expect(read.ok && read.warnings.map(faultSentence)[0]).toMatch(
      /^line 1, column 15: column 'colour' is not used \(known: ranks seconds nodes/,
    );
  });

  test('a line that repeats another is counted once', () => {
    const read = readRuns('ranks,seconds\n1,2\n1,2\n1,3\n');
    expect(read.ok && read.runs.map(({ id }) => id)).toEqual(['line 2', 'line 2', 'line 4']);
    expect(read.ok && read.warnings.map(faultSentence)).toEqual([
      'line 3 repeats line 2 in every field and is counted once',
    ]);
  });

  test('too many rows and too many faults are cut short', () => {
    expect(faults(`ranks,seconds\n${'1,2\n'.repeat(MOST_ROWS + 1)}`)).toEqual([
      `line ${MOST_ROWS + 2}, column 1: more than ${MOST_ROWS} rows; take a sample, or one group at a time`,
    ]);
    const many = faults(`ranks,seconds\n${'x,2\n'.repeat(50)}`);
    expect([many.length, many.at(-1)]).toEqual([21, 'and 30 more']);
  });
});

describe('JSON', () => {
  test('the parser agrees with the platform on any JSON', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        const parsed = parseJsonText(text);
        expect(parsed.ok && valueOfNode(parsed.node)).toEqual(JSON.parse(text));
      }),
    );
  });

  test('a hundred thousand brackets are refused, not followed', () => {
    expect(faults('['.repeat(100_000))).toEqual(['line 1, column 66: not JSON from here on']);
  });

  test('an array, or an object with runs', () => {
    const runs = [
      { ranks: 4, seconds: 2.5, useful: [1, 2, 0, 1], weights: null, state: 'completed' },
    ];
    const expected = [
      { id: 'run 1', ranks: 4, seconds: 2.5, useful: [1, 2, 0, 1], state: 'COMPLETED' },
    ];
    for (const text of [JSON.stringify(runs), JSON.stringify({ runs })]) {
      const read = readRuns(text);
      expect(read.ok && read.runs).toEqual(expected);
    }
  });

  test.each([
    ['[{"ranks":1,\n"seconds":}]', ['line 2, column 11: not JSON from here on']],
    ['[1 2]', ['line 1, column 4: not JSON from here on']],
    ['[{"ranks":01}]', ['line 1, column 12: not JSON from here on']],
    ['[{"ranks" 1}]', ['line 1, column 11: not JSON from here on']],
    ['{"a":1}', ['line 1, column 1: no array of runs']],
    ['[]', ['line 1, column 1: no run in the array']],
    ['[5]', ['line 1, column 2: run 1 is not an object']],
    ['[{"ranks":1}]', ["line 1, column 2: run 1 has no 'seconds'"]],
    [
      '[{"ranks":"x",\n "seconds":-1}]',
      [
        'line 1, column 11: ranks "x" is not a number',
        'line 2, column 12: seconds -1 is not above 0',
      ],
    ],
    [
      '[{"ranks":1,"seconds":1,"throttled":"maybe"}]',
      ['line 1, column 37: throttled "maybe" is not true or false'],
    ],
  ])('%j is refused', (text, expected) => expect(faults(text)).toEqual(expected));
});
