/** What events do to recurring jobs. */
import type { Cluster } from '../model/cluster.ts';
import { scheduleKey } from '../model/cluster.ts';
import type { Event } from '../model/event.ts';
import type { Schedule, ScheduleRun } from '../model/schedule.ts';
import { ensure, existing } from './invariantError.ts';

type ScheduleEvent = Extract<
  Event,
  {
    kind:
      | 'scheduleCreated'
      | 'schedulePaused'
      | 'scheduleRemoved'
      | 'scheduleResumed'
      | 'scheduleRan';
  }
>;

export function applySchedule(cluster: Cluster, event: ScheduleEvent): void {
  if (event.kind === 'scheduleCreated') {
    const { user, name } = event.schedule;
    ensure(!cluster.schedules.has(scheduleKey(user, name)), `schedule ${name} exists`);
    cluster.schedules.set(scheduleKey(user, name), event.schedule);
    return;
  }
  const key = scheduleKey(event.user, event.name);
  const schedule = existing(cluster.schedules.get(key), `schedule ${key}`);
  if (event.kind === 'scheduleRemoved') cluster.schedules.delete(key);
  else cluster.schedules.set(key, changed(schedule, event));
}

function changed(
  schedule: Schedule,
  event: Exclude<ScheduleEvent, { kind: 'scheduleCreated' | 'scheduleRemoved' }>,
): Schedule {
  switch (event.kind) {
    case 'schedulePaused':
      return { ...schedule, paused: true, nextMs: undefined, queued: [] };
    case 'scheduleResumed':
      return { ...schedule, paused: false, nextMs: event.nextMs };
    case 'scheduleRan':
      return { ...schedule, nextMs: event.nextMs, queued: queuedAfter(schedule, event.run) };
  }
}

function queuedAfter(schedule: Schedule, run: ScheduleRun): Schedule['queued'] {
  if (run.what.kind === 'queued') {
    return schedule.rule.overlap === 'replace' ? [run.dueMs] : [...schedule.queued, run.dueMs];
  }
  return schedule.queued.filter((dueMs) => dueMs !== run.dueMs);
}
