import type { Settings } from './cluster.ts';
import { DAY_MS, MINUTE_MS, SECOND_MS } from './time.ts';

/** What a cluster starts with; the table in docs/protocol.md argues the intervals. */
export const DEFAULT_SETTINGS: Settings = {
  partitions: [{ name: 'main', maxTimeMs: 30 * DAY_MS }],
  policy: 'backfill',
  heartbeatMs: 5 * SECOND_MS,
  silentAfterMs: 15 * SECOND_MS,
  downAfterMs: 45 * SECOND_MS,
  leaseMs: 15 * MINUTE_MS,
  killMarginMs: 90 * SECOND_MS,
  launchResendMs: SECOND_MS,
  launchGiveUpMs: MINUTE_MS,
  requeueLimit: 3,
  maxLiveJobs: 20_000,
  maxArrayTasks: 10_000,
  maxMissedRuns: 10,
  requestRate: 5,
  requestBurst: 30,
};
