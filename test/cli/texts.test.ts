import { describe, expect, test } from 'vitest';
import { rankChoiceSentence } from '../../cli/format/rankChoice.ts';
import { parseMoment } from '../../cli/format/moment.ts';
import { isBadInput, isRefusalCode, refusalSentence } from '../../cli/format/refusal.ts';
import { compactState, isFinal, parseStates } from '../../cli/format/state.ts';
import { readJobReferences } from '../../cli/jobIds.ts';
import { readRefusal } from '../../cli/refusalCodec.ts';
import { parseAccountFormat } from '../../cli/accounting/fields.ts';

describe('a chosen count of ranks', () => {
  const model = { runMs: 190_000, waitMs: 0, efficiency: 526, leastEfficiency: 500, runs: 12 };
  test.each([
    [
      { ranks: 1, reason: 'checkpoint', model: undefined },
      '1 rank: as many as in the checkpoint from which it goes on',
    ],
    [
      { ranks: 8, reason: 'leastWaitAndRun', model },
      '8 ranks: the least of wait and run, by 12 earlier runs (run 3m10s; 53 % efficient, 50 % asked at this load)',
    ],
    [
      { ranks: 2, reason: 'notEfficient', model: { ...model, waitMs: 61_000 } },
      '2 ranks: the fewest with room, since none is efficient enough at this load, by 12 earlier runs (run 3m10s, wait 61.0s; 53 % efficient, 50 % asked at this load)',
    ],
  ])('%j', (choice, sentence) => expect(rankChoiceSentence(choice)).toBe(sentence));
});

describe('moments', () => {
  const now = new Date(2026, 10, 20, 12, 30, 5).getTime();
  const at = (...parts: [number, number, number, number?, number?, number?]) =>
    new Date(...parts).getTime();
  test.each([
    ['now', now],
    ['now+1hour', now + 3_600_000],
    ['now+60', now + 60_000],
    ['now-7days', now - 7 * 86_400_000],
    ['16:00', at(2026, 10, 20, 16)],
    ['9:15pm', at(2026, 10, 20, 21, 15)],
    ['11:00', at(2026, 10, 21, 11)],
    ['midnight', at(2026, 10, 21)],
    ['noon', at(2026, 10, 21, 12)],
    ['teatime', at(2026, 10, 20, 16)],
    ['today', at(2026, 10, 20)],
    ['tomorrow', at(2026, 10, 21)],
    ['2026-12-24', at(2026, 11, 24)],
    ['2026-12-24T18:30', at(2026, 11, 24, 18, 30)],
    ['2026-12-24T18:30:05Z', Date.UTC(2026, 11, 24, 18, 30, 5)],
    ['2026-12-24T18:30+01:00', Date.UTC(2026, 11, 24, 17, 30)],
    ['122426', at(2026, 11, 24)],
    ['12/24/26-18:30', at(2026, 11, 24, 18, 30)],
  ])('%s', (text, expected) => {
    expect(parseMoment(text, { nowMs: now, passedClock: 'tomorrow' })).toEqual({
      ok: true,
      value: expected,
    });
  });

  test.each(['', 'later', '25:00', '2026-02-30', '2026-13-01', 'now+1eon', '12:61', '13:00pm'])(
    'not %j',
    (text) => {
      expect(parseMoment(text, { nowMs: now, passedClock: 'today' }).ok).toBe(false);
    },
  );

  test('a clock time that is over may also mean today', () => {
    expect(parseMoment('11:00', { nowMs: now, passedClock: 'today' })).toEqual({
      ok: true,
      value: at(2026, 10, 20, 11),
    });
  });
});

describe('states', () => {
  test('long and compact, and all', () => {
    expect(parseStates('pd,Running')).toEqual({ ok: true, value: ['PENDING', 'RUNNING'] });
    expect(parseStates('all')).toMatchObject({ ok: true });
    expect(parseStates('PENDIN')).toMatchObject({
      message: expect.stringContaining("did you mean 'PENDING'?"),
    });
    expect(compactState('OUT_OF_MEMORY')).toBe('OOM');
    expect(compactState('NEWER')).toBe('NEWER');
    expect([isFinal('TIMEOUT'), isFinal('COMPLETING'), isFinal('NEWER')]).toEqual([
      true,
      false,
      false,
    ]);
  });
});

describe('refusals', () => {
  test('the largest that would fit', () => {
    const refusal = readRefusal(
      'neverFits',
      '{"ranks":64,"coresPerRank":2,"memoryPerRankBytes":209715200,"largestRanks":8,"nodes":4}',
    );
    expect(refusal && refusalSentence(refusal)).toBe(
      '64 ranks with 2 cores and 200M each can never fit on this cluster of 4 nodes: ' +
        'the largest such job that would fit has 8 ranks (--ranks 8); see pinodes',
    );
    expect(refusal && isBadInput(refusal)).toBe(true);
  });

  test('a code of a newer scheduler is not taken for one of ours', () => {
    expect(isRefusalCode('toString')).toBe(false);
    expect(readRefusal('newer', '{}')).toBeUndefined();
    expect(readRefusal('noNodes', 'not json')).toBeUndefined();
  });
});

describe('job ids', () => {
  test.each([
    ['12', [{ job: 12, task: undefined }]],
    ['12,13 14', [12, 13, 14].map((job) => ({ job, task: undefined }))],
    ['20_4', [{ job: 20, task: 4 }]],
    [
      '20_[1-2,7],9',
      [1, 2, 7]
        .map((task) => ({ job: 20, task }) as { job: number; task: number | undefined })
        .concat({ job: 9, task: undefined }),
    ],
    ['20_[5-6%2]', [5, 6].map((task) => ({ job: 20, task }))],
  ])('%s', (text, expected) => {
    expect(readJobReferences([text])).toEqual(expected);
  });

  test.each(['0', '-1', 'twelve', '12_', '12_x', '12_[3-1]', '1e3'])('not %s', (text) => {
    expect(() => readJobReferences([text])).toThrow(/job id|tasks of/);
  });
});

test('fields of piacct', () => {
  const format = parseAccountFormat('jobid,Name%30,State%-12');
  expect(format.ok).toBe(false);
  const fields = parseAccountFormat('jobid,jobname%30,State%-12');
  expect(fields.ok && fields.value.map(({ title, width, align }) => [title, width, align])).toEqual(
    [
      ['JobID', 12, 'left'],
      ['JobName', 30, 'right'],
      ['State', 12, 'left'],
    ],
  );
  expect(parseAccountFormat('elapsd')).toMatchObject({
    message: expect.stringContaining("did you mean 'Elapsed'?"),
  });
});
