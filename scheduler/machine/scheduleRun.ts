/** A recurring job's run becomes a job. */
import { scheduleKey } from '../model/cluster.ts';
import type { JobId, ScheduleName, UserName } from '../model/ids.ts';
import { jobId, requestId } from '../model/ids.ts';
import type { Schedule, ScheduleRun } from '../model/schedule.ts';
import type { TimeMs } from '../model/time.ts';
import { refuseUse } from './permission.ts';
import { refuseReservation } from './reservationUse.ts';
import { refuseRequest, submitJob } from './submission.ts';
import type { Turn } from './turn.ts';

/** Submits the run that was due at `dueMs`, or records why it could not be. */
export function submitRun(turn: Turn, schedule: Schedule, dueMs: TimeMs): JobId | undefined {
  const { view, atMs } = turn;
  const { request, user } = schedule;
  const refusal =
    refuseRequest(view, request) ??
    refuseReservation(view, request, { user, atMs }) ??
    refuseUse(view, schedule);
  if (refusal) {
    recordRun(turn, schedule, { dueMs, what: { kind: 'refused', code: refusal.code } });
    return undefined;
  }
  const job = jobId(turn.view.nextJobId);
  recordRun(turn, schedule, { dueMs, what: { kind: 'submitted', job } });
  return submitJob(turn, {
    user: schedule.user,
    requestId: requestId(`schedule:${schedule.name}:${dueMs}:${job}`),
    request: schedule.request,
    schedule: schedule.name,
    curve: turn.curves.get(scheduleKey(schedule.user, schedule.name)),
  });
}

export function recordRun(turn: Turn, schedule: Schedule, run: ScheduleRun): void {
  const { user, name, nextMs } = schedule;
  turn.record({ kind: 'scheduleRan', user, name, run, nextMs });
}

/** Starts the oldest run that waited for the last live job of its schedule to end. */
export function startQueuedRun(turn: Turn, user: UserName, name: ScheduleName): void {
  for (;;) {
    const schedule = turn.view.schedules.get(scheduleKey(user, name));
    const dueMs = schedule?.queued[0];
    if (!schedule || schedule.live.length > 0 || dueMs === undefined) return;
    submitRun(turn, schedule, dueMs);
  }
}
