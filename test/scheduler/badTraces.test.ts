import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import * as fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { replay } from '../../scheduler/sim/replay.ts';
import { readTrace } from '../../scheduler/sim/runSimulation.ts';
import { parseTrace, TraceError, withEstimates } from '../../scheduler/sim/swf.ts';

const folder = mkdtempSync(join(tmpdir(), 'pibatch-traces-'));
afterAll(() => rmSync(folder, { recursive: true }));

const row = (number: number, submitS: number): string =>
  `${number} ${submitS} -1 60 2 -1 -1 2 90 -1 1 7 1 2 0 -1 -1 -1`;
const HEADER = '; Version: 2.2\n; MaxProcs: 8\n';
const WHOLE = `${HEADER}${Array.from({ length: 12 }, (_, at) => row(at + 1, 10 * at)).join('\n')}\n`;

const fielded = (at: number, value: string): string =>
  `${HEADER}${row(1, 5)
    .split(' ')
    .map((word, index) => (index === at - 1 ? value : word))
    .join(' ')}`;

test.each([
  ['a hole', `${HEADER}${row(1, 5)}\n1 6 -1 60 2`, 'line 4: 5 fields instead of 18'],
  ['a text', fielded(12, 'anna'), "line 3: field 12 is not a number: 'anna'"],
  ['a hexadecimal', fielded(4, '0x10'), "line 3: field 4 is not a number: '0x10'"],
  ['infinity', fielded(4, '1e999'), "line 3: field 4 is not a number: '1e999'"],
  ['a negative time', fielded(4, '-60'), 'line 3: run time (field 4) is -60 s; only -1'],
  ['a time beyond all calendars', fielded(2, '1e17'), 'line 3: submit time (field 2) is'],
  ['part of a processor', fielded(8, '2.5'), 'line 3: requested processors (field 8) is 2.5'],
  ['unsorted times', `${HEADER}${row(1, 9)}\n${row(2, 8)}`, 'line 4: submitted at 8 s'],
  ['no header', row(1, 5), 'line 1: no MaxProcs in the header'],
  ['no processors', `; MaxProcs: 0\n${row(1, 5)}`, 'line 1: MaxProcs in the header is 0'],
  ['a giant', `; MaxProcs: 9000000\n${row(1, 5)}`, 'line 1: MaxProcs in the header is 9000000'],
  ['a huge line', `${HEADER}${'1 '.repeat(1_000_000)}`, 'line 3: 1999999 characters'],
  ['NUL bytes', `${HEADER}${'\0'.repeat(40)}`, 'line 3: field 1 is not a number'],
])('refuses %s in one line', (_, text, problem) => {
  const message = messageOf(() => parseTrace(text, undefined));
  expect(message).toContain(problem);
  expect(message.length).toBeLessThan(160);
});

test('a job without processors or run time is left out, as archives have them', () => {
  const text = `${fielded(8, '0').replace(' 2 -1 -1 0 ', ' 0 -1 -1 0 ')}\n${row(2, 9)}`;
  expect(parseTrace(text, undefined).jobs.map(({ number }) => number)).toEqual([2]);
});

test('says at which line gzip data is cut off, wherever that is', () => {
  const bytes = gzipSync(WHOLE.repeat(40), { level: 1 });
  for (const share of [0.1, 0.5, 0.9]) {
    const path = join(folder, 'cut.swf.gz');
    writeFileSync(path, bytes.subarray(0, Math.floor(share * bytes.length)));
    const message = messageOf(() => readTrace(path, undefined));
    expect(message).toMatch(/^line \d+: the gzip data is cut off or damaged here$/);
  }
});

function messageOf(read: () => unknown): string {
  try {
    read();
  } catch (error) {
    expect(error).toBeInstanceOf(TraceError);
    const { message } = error as TraceError;
    expect(message).toMatch(/^line \d+: [^\n\r]+$/);
    return message;
  }
  return 'read';
}

/** A whole trace with a few bytes replaced, cut out or put in. */
const damaged = fc
  .array(
    fc.record({
      at: fc.nat(WHOLE.length),
      gone: fc.nat(30),
      put: fc.oneof(
        fc.constantFrom('-', '\n', ' ', '0', '1e30', '-7', '.5', ';', '\0', '99999999', 'é'),
        fc.string({ maxLength: 6 }),
      ),
    }),
    { minLength: 1, maxLength: 4 },
  )
  .map((changes) =>
    changes.reduce(
      (text, { at, gone, put }) => text.slice(0, at) + put + text.slice(at + gone),
      WHOLE,
    ),
  );

test('what is damaged is refused in one line, or replays to the end', () => {
  let replayed = 0;
  fc.assert(
    fc.property(damaged, (text) => {
      if (messageOf(() => parseTrace(text, undefined)) !== 'read') return;
      const trace = withEstimates(parseTrace(text, undefined));
      if (trace.processors > 1_000) return;
      const started = replay(trace, 'easy');
      expect(started).toHaveLength(trace.jobs.length);
      replayed += 1;
    }),
    { numRuns: 400 },
  );
  expect(replayed).toBeGreaterThan(10);
});
