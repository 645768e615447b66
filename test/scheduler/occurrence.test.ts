import { describe, expect, test } from 'vitest';
import type { ScheduleRule } from '../../scheduler/model/schedule.ts';
import { DAY_MS, HOUR_MS, timeMs } from '../../scheduler/model/time.ts';
import { refuseRule } from '../../scheduler/policy/cronRule.ts';
import {
  nextOccurrence,
  nextOccurrences,
  occurrencesUntil,
} from '../../scheduler/policy/occurrence.ts';
import { offsetMs } from '../../scheduler/policy/zone.ts';

const rule = (cron: string, timezone: string): ScheduleRule => ({
  cron,
  timezone,
  overlap: 'skip',
  missed: 'skip',
});
const from = (iso: string) => ({ seed: 'alice/job', afterMs: timeMs(Date.parse(iso)) });

/** Local dates and times of all runs in [from, to). */
function localRuns(cron: string, zone: string, start: string, end: string): string[] {
  const until = timeMs(Date.parse(end));
  return occurrencesUntil(rule(cron, zone), from(start), until, 200_000).map((ms) =>
    new Date(ms + offsetMs(zone, ms)).toISOString().slice(0, 16),
  );
}

const ZONES = ['Europe/Madrid', 'America/New_York', 'Australia/Lord_Howe', 'UTC'];

describe('occurrences', () => {
  test.each(ZONES)('a daily run at noon comes once on every day of three years in %s', (zone) => {
    const runs = localRuns('0 12 * * *', zone, '2025-01-01T00:00:00Z', '2028-01-01T00:00:00Z');
    const days = new Set(runs.map((run) => run.slice(0, 10)));
    expect(runs.every((run) => run.endsWith('12:00'))).toBe(true);
    expect(days.size).toBe(runs.length);
    expect(runs.length).toBe(365 * 3);
  });

  test.each(ZONES)('every half hour: each wall time once, none in a gap, in %s', (zone) => {
    const runs = localRuns('*/30 * * * *', zone, '2025-01-01T00:00:00Z', '2027-01-01T00:00:00Z');
    expect(new Set(runs).size).toBe(runs.length);
    expect([...runs].sort()).toEqual(runs);
    const perDay = new Map<string, number>();
    for (const run of runs) perDay.set(run.slice(0, 10), (perDay.get(run.slice(0, 10)) ?? 0) + 1);
    const odd = [...perDay.values()].slice(1, -1).filter((count) => count !== 48);
    const gap = { UTC: [], 'Australia/Lord_Howe': [47, 47] }[zone] ?? [46, 46];
    expect(odd).toEqual(gap);
  });

  test('Madrid: 02:30 is skipped in spring and comes once, first, in autumn', () => {
    const spring = localRuns(
      '30 2 * * *',
      'Europe/Madrid',
      '2026-03-28T00:00:00Z',
      '2026-03-31T00:00:00Z',
    );
    expect(spring).toEqual(['2026-03-28T02:30', '2026-03-30T02:30']);
    const autumn = nextOccurrences(
      rule('30 2 * * *', 'Europe/Madrid'),
      from('2026-10-24T12:00:00Z'),
      2,
    );
    expect(autumn.map((ms) => new Date(ms).toISOString())).toEqual([
      '2026-10-25T00:30:00.000Z',
      '2026-10-26T01:30:00.000Z',
    ]);
  });

  test('New York: 02:00 to 02:59 do not exist on 8 March 2026', () => {
    const runs = localRuns(
      '*/15 2 * * *',
      'America/New_York',
      '2026-03-07T12:00:00Z',
      '2026-03-09T12:00:00Z',
    );
    expect(runs).toEqual([
      '2026-03-09T02:00',
      '2026-03-09T02:15',
      '2026-03-09T02:30',
      '2026-03-09T02:45',
    ]);
  });

  test('Lord Howe doubles half an hour only', () => {
    const runs = occurrencesUntil(
      rule('*/10 * * * *', 'Australia/Lord_Howe'),
      from('2026-04-04T14:00:00Z'),
      timeMs(Date.parse('2026-04-04T16:00:00Z')),
      100,
    );
    const gaps = runs.slice(1).map((ms, at) => (ms - (runs[at] ?? 0)) / 60_000);
    expect(gaps.filter((minutes) => minutes !== 10)).toEqual([40]);
  });

  test('asked in the middle of the doubled hour, it goes on after it', () => {
    const second = from('2026-10-25T01:10:00Z');
    const next = nextOccurrence(rule('*/30 * * * *', 'Europe/Madrid'), second);
    expect(new Date(next ?? 0).toISOString()).toBe('2026-10-25T02:00:00.000Z');
  });

  test('years of an hourly run in a zone with clock changes lose one run a year', () => {
    const hours =
      (Date.parse('2030-01-01T00:00:00Z') - Date.parse('2026-01-01T00:00:00Z')) / HOUR_MS;
    const zone = 'Europe/Madrid';
    const runs = occurrencesUntil(
      rule('0 * * * *', zone),
      from('2026-01-01T00:00:00Z'),
      timeMs(Date.parse('2030-01-01T00:00:00Z')),
      100_000,
    );
    expect(hours - runs.length).toBe(4);
    expect(Math.max(...runs.slice(1).map((ms, at) => ms - (runs[at] ?? 0)))).toBe(2 * HOUR_MS);
  });

  test('a date that never comes has no next run', () => {
    expect(nextOccurrence(rule('0 0 1 1 *', 'UTC'), from('2026-01-01T00:00:00Z'))).toBe(
      Date.parse('2027-01-01T00:00:00Z'),
    );
    expect(DAY_MS).toBe(24 * HOUR_MS);
  });
});

describe('rules', () => {
  test.each([
    ['61 * * * *', 0],
    ['0 25 * * *', 2],
    ['0 0 * * mon-', 8],
    ['0 0 * *', 7],
    ['0 0 * * * * *', 12],
    ['', 0],
    ['@sometimes', 0],
    ['0 0 30 2 *', 4],
    ['*/0 * * * *', 0],
    ['0 0 * foo *', 6],
  ])('%s is refused at %i', (cron, position) => {
    expect(refuseRule(rule(cron, 'UTC'))).toMatchObject({ code: 'badCron', position });
  });

  test.each(['0 2 * * *', '*/5 * * * * *', '@daily', '0 0 L * *', '0 9 * * mon#1', '0 0 * * 7'])(
    '%s is accepted',
    (cron) => {
      expect(refuseRule(rule(cron, 'UTC'))).toBeUndefined();
    },
  );

  test('an unknown zone is refused', () => {
    expect(refuseRule(rule('@daily', 'Europe/Nowhere'))).toEqual({
      code: 'badTimezone',
      timezone: 'Europe/Nowhere',
    });
  });
});
