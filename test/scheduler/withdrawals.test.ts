import { describe, expect, test } from 'vitest';
import { createCluster } from '../../scheduler/machine/cluster.ts';
import { DEFAULT_SETTINGS } from '../../scheduler/model/defaultSettings.ts';
import { nodeName } from '../../scheduler/model/ids.ts';
import type { Reservation } from '../../scheduler/model/reservation.ts';
import { DAY_MS, HOUR_MS, timeMs } from '../../scheduler/model/time.ts';
import {
  mayUse,
  reservationNow,
  windowsOf,
  withdrawals,
} from '../../scheduler/policy/withdrawals.ts';

const NOW = timeMs(Date.UTC(2026, 0, 1));
const PI1 = nodeName('pi1');

const reservation = (change: Partial<Reservation>): Reservation => ({
  name: 'course',
  by: 'root',
  startMs: timeMs(NOW + HOUR_MS),
  durationMs: 2 * HOUR_MS,
  nodes: [PI1],
  users: ['ann'],
  accounts: ['physics'],
  maintenance: false,
  ...change,
});

function viewWith(...all: readonly Reservation[]) {
  const cluster = createCluster(DEFAULT_SETTINGS, 1);
  for (const one of all) cluster.reservations.set(one.name, one);
  return cluster;
}

describe('withdrawals', () => {
  test('one window per node, none of one that is over', () => {
    const over = reservation({ name: 'old', startMs: timeMs(NOW - 3 * HOUR_MS) });
    const view = viewWith(over, reservation({ nodes: [nodeName('pi2'), PI1] }));
    expect(withdrawals(view, NOW)).toEqual([
      {
        node: 'pi1',
        reservation: 'course',
        maintenance: false,
        fromMs: NOW + HOUR_MS,
        toMs: NOW + 3 * HOUR_MS,
      },
      {
        node: 'pi2',
        reservation: 'course',
        maintenance: false,
        fromMs: NOW + HOUR_MS,
        toMs: NOW + 3 * HOUR_MS,
      },
    ]);
  });

  test('a daily one has a window every day for 30 days, on the wall clock of its zone', () => {
    const repeat = { cron: '0 1 * * *', timezone: 'Europe/Madrid' };
    const startMs = timeMs(Date.UTC(2026, 2, 27, 0));
    const daily = windowsOf(reservation({ repeat, startMs }), timeMs(startMs + HOUR_MS));
    expect(daily).toHaveLength(31);
    expect(daily.slice(0, 4).map(({ fromMs }) => new Date(fromMs).toISOString())).toEqual([
      '2026-03-27T00:00:00.000Z',
      '2026-03-28T00:00:00.000Z',
      '2026-03-29T00:00:00.000Z',
      '2026-03-29T23:00:00.000Z',
    ]);
    expect(daily.at(-1)?.fromMs).toBeLessThanOrEqual(startMs + HOUR_MS + 30 * DAY_MS);
  });

  test('users and accounts may use it', () => {
    const one = reservation({});
    expect(mayUse(one, { user: 'ann', account: 'x' })).toBe(true);
    expect(mayUse(one, { user: 'bob', account: 'physics' })).toBe(true);
    expect(mayUse(one, { user: 'bob', account: 'x' })).toBe(false);
  });
});

test('maintenance shows before another reservation of the node', () => {
  const open = { startMs: timeMs(NOW - HOUR_MS) };
  const maintenance = reservation({ name: 'zz', maintenance: true, ...open });
  const view = viewWith(reservation(open), maintenance);
  expect(reservationNow(view, PI1, NOW)?.name).toBe('zz');
  expect(reservationNow(view, nodeName('pi2'), NOW)).toBeUndefined();
});
