/** A recurring job as the commands see it. */
import { pibatch } from '../proto/codec.ts';
import { MISSED, OVERLAPS, type ScheduleRule } from '../scheduler/model/schedule.ts';
import type { Session } from './session.ts';

export type ScheduleView = {
  readonly name: string;
  readonly user: string;
  readonly rule: ScheduleRule;
  readonly paused: boolean;
  readonly nextMs: number | undefined;
  readonly live: readonly number[];
  readonly history: readonly {
    readonly dueMs: number;
    readonly what: string;
    readonly job: number | undefined;
    readonly count: number | undefined;
  }[];
};

/** `user`: empty for the caller's own, `*` for everybody's. */
export async function listSchedules(
  session: Session,
  query: { readonly user: string; readonly history: number },
): Promise<ScheduleView[]> {
  const request = [pibatch.ListSchedules, { ...query, name: '' }] as const;
  const { schedules } = await session.ask('schedules', request, pibatch.ScheduleList);
  return schedules.map(scheduleView);
}

const scheduleView = (row: pibatch.ScheduleRow.$Properties): ScheduleView => ({
  name: row.name ?? '',
  user: row.user ?? '',
  rule: {
    cron: row.rule?.cron ?? '',
    timezone: row.rule?.timezone ?? 'UTC',
    overlap: OVERLAPS.find((known) => known === row.rule?.overlap) ?? 'skip',
    missed: MISSED.find((known) => known === row.rule?.missed) ?? 'skip',
  },
  paused: row.paused ?? false,
  nextMs: row.nextMs ?? undefined,
  live: row.live ?? [],
  history: (row.history ?? []).map((run) => ({
    dueMs: run.dueMs ?? 0,
    what: run.what ?? '',
    job: run.job ?? undefined,
    count: run.count ?? undefined,
  })),
});
