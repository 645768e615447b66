import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  formatBrief,
  formatElapsed,
  formatRunningTime,
  formatTimeLimit,
  formatTotalCpu,
  parseDuration,
  parseTimeLimit,
} from '../../cli/format/duration.ts';

const S = 1000;
const M = 60 * S;
const H = 60 * M;
const D = 24 * H;

describe('printing', () => {
  test.each([
    [0, '0:00'],
    [59_999, '0:59'],
    [61 * S, '1:01'],
    [10 * M, '10:00'],
    [H + 2 * M + 3 * S, '1:02:03'],
    [2 * D + 3 * H, '2-03:00:00'],
  ])('squeue TIME of %d ms is %s', (ms, text) => expect(formatRunningTime(ms)).toBe(text));

  test.each([
    [0, '00:00:00'],
    [61 * S, '00:01:01'],
    [26 * H, '1-02:00:00'],
  ])('Elapsed of %d ms is %s', (ms, text) => expect(formatElapsed(ms)).toBe(text));

  test('a missing limit is UNLIMITED', () => {
    expect(formatTimeLimit(undefined)).toBe('UNLIMITED');
    expect(formatTimeLimit(10 * M)).toBe('00:10:00');
  });

  test.each([
    [1234, '00:01.234'],
    [59 * M + 59 * S + 7, '59:59.007'],
    [12 * S, '00:00:12'],
    [H + 500, '01:00:00'],
  ])('TotalCPU of %d ms is %s', (ms, text) => expect(formatTotalCpu(ms)).toBe(text));

  test.each([
    [420, '0.42s'],
    [9990, '9.99s'],
    [58_100, '58.1s'],
    [99_940, '99.9s'],
    [99_960, '1m40s'],
    [3 * H + 20 * M, '3h20m'],
    [2 * D + 4 * H, '2d04h'],
  ])('for people %d ms is %s', (ms, text) => expect(formatBrief(ms)).toBe(text));
});

describe('reading a time limit', () => {
  test.each([
    ['10', 10 * M],
    ['10:30', 11 * M],
    ['0:01', M],
    ['1:02:03', H + 3 * M],
    ['1-0', D],
    ['1-2', 26 * H],
    ['1-02:30', 26 * H + 30 * M],
    ['2-00:00:01', 2 * D + M],
    ['90', 90 * M],
    ['10m', 10 * M],
    ['90s', 90 * S],
    ['1.5h', 90 * M],
    ['1d12h', 36 * H],
    ['500ms', 500],
  ])('%s is %d ms', (text, ms) => expect(parseTimeLimit(text)).toEqual({ ok: true, value: ms }));

  test.each(['0', '-1', 'INFINITE', 'unlimited', '0:00'])('%s is no limit', (text) =>
    expect(parseTimeLimit(text)).toEqual({ ok: true, value: 'unlimited' }),
  );

  test.each([
    ['', 0],
    ['ten', 0],
    ['10x', 2],
    ['1:2:3:4', 0],
    ['-5', 0],
    ['10m zz', 4],
    ['99999-0', 0],
  ])('%s is refused at %d', (text, at) =>
    expect(parseTimeLimit(text)).toMatchObject({ ok: false, at }),
  );

  test('the message holds the value and the place', () => {
    const refused = parseTimeLimit('10x');
    expect(refused.ok ? '' : refused.message).toBe(
      "unknown unit 'x' (known: ms s m h d w): '10x', at character 3",
    );
  });

  test('what Elapsed prints reads back, to the minute above', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3000 * 24 * 3600 }), (seconds) => {
        const read = parseTimeLimit(formatElapsed(seconds * S));
        expect(read).toEqual({ ok: true, value: Math.ceil(seconds / 60) * M });
      }),
    );
  });

  test('any text is a value or a sentence', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        for (const read of [parseTimeLimit(text), parseDuration(text)]) {
          if (read.ok) expect(read.value === 'unlimited' || read.value >= 0).toBe(true);
          else expect(read.at).toBeGreaterThanOrEqual(0);
        }
      }),
    );
  });
});
