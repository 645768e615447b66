import { expect, test } from 'vitest';
import { reportIntervals } from '../../scheduler/machine/reportIntervals.ts';
import { DEFAULT_SETTINGS as settings } from '../../scheduler/model/defaultSettings.ts';

test.each([
  [2, 5_000, 15_000, 45_000, 40],
  [250, 5_000, 15_000, 45_000, 5_000],
  [500, 10_000, 30_000, 90_000, 10_000],
  [1_001, 20_020, 60_060, 180_180, 20_020],
])('%i nodes report every %i ms', (size, heartbeatMs, silentAfterMs, downAfterMs, spreadMs) => {
  const intervals = reportIntervals({ settings, nodes: { size } });
  expect(intervals).toEqual({ heartbeatMs, silentAfterMs, downAfterMs, spreadMs });
  expect(size / (intervals.heartbeatMs / 1_000)).toBeLessThanOrEqual(50);
});
