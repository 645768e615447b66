/** What changes each minute while jobs wait, though nothing happens. */
import type { ClusterView, Settings } from '../model/cluster.ts';
import type { TimeMs } from '../model/time.ts';
import { MINUTE_MS, timeMs } from '../model/time.ts';

/** The next whole minute; undefined when nobody waits for it. */
export function nextTick({ lookup, settings }: ClusterView, atMs: TimeMs): TimeMs | undefined {
  if (lookup.ready.length === 0 || !changesWithTime(settings)) return undefined;
  return timeMs((Math.floor(atMs / MINUTE_MS) + 1) * MINUTE_MS);
}

const changesWithTime = ({ priority, qos = [], accounts = [] }: Settings): boolean =>
  priority !== undefined ||
  [...qos, ...accounts].some(
    ({ group, perUser }) =>
      (group?.maxCoreMinutesRunning ?? perUser?.maxCoreMinutesRunning) !== undefined,
  );
