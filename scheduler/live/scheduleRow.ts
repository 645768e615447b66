import type { pibatch } from '../../proto/codec.ts';
import { MISSED, OVERLAPS, type Schedule, type ScheduleRule } from '../model/schedule.ts';
import * as check from './fieldCheck.ts';
import type { RunRecord } from './historyRecord.ts';

/** From a submit. Expression and zone are judged by the machine. Throws RefusedError. */
export function scheduleRule(wire: pibatch.ScheduleRule.$Properties): ScheduleRule {
  const overlap = OVERLAPS.find((known) => known === (wire.overlap || 'skip'));
  const missed = MISSED.find((known) => known === (wire.missed || 'skip'));
  return {
    cron: check.line('schedule.cron', wire.cron, 256),
    timezone: check.line('schedule.timezone', wire.timezone, 64) || 'UTC',
    overlap: overlap ?? check.refuse('schedule.overlap', wire.overlap, OVERLAPS.join(', ')),
    missed: missed ?? check.refuse('schedule.missed', wire.missed, MISSED.join(', ')),
  };
}

/** A schedule as `picron` shows it, with its newest runs. */
export function scheduleRow(
  schedule: Schedule,
  runs: readonly RunRecord[],
): pibatch.ScheduleRow.$Properties {
  return {
    name: schedule.name,
    user: schedule.user,
    rule: { ...schedule.rule },
    paused: schedule.paused,
    ...(schedule.nextMs !== undefined && { nextMs: schedule.nextMs }),
    live: [...schedule.live],
    history: runs.map((run) => ({
      dueMs: run.due_ms,
      what: run.code === null ? run.what : `${run.what}:${run.code}`,
      ...(run.job !== null && { job: run.job }),
      ...(run.count !== null && { count: run.count }),
    })),
  };
}
