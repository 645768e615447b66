/** Recurring jobs: created, paused, resumed, removed and run by their owners or operators. */
import { scheduleKey } from '../model/cluster.ts';
import { termText } from '../model/dependency.ts';
import type { Answer } from '../model/effect.ts';
import type { Input } from '../model/input.ts';
import type { Refusal } from '../model/refusal.ts';
import type { Schedule } from '../model/schedule.ts';
import { refuseRule } from '../policy/cronRule.ts';
import { nextOccurrence } from '../policy/occurrence.ts';
import { existing } from './invariantError.ts';
import { submitRun } from './scheduleRun.ts';
import { refuseUse } from './permission.ts';
import { refuseReservation } from './reservationUse.ts';
import { refuseRequest } from './submission.ts';
import type { Turn } from './turn.ts';
import { refuseWish } from './valueCheck.ts';

type CreateSchedule = Extract<Input, { kind: 'createSchedule' }>;
type ScheduleCommand = Input & {
  kind: 'pauseSchedule' | 'resumeSchedule' | 'removeSchedule' | 'runSchedule';
};

const refused = (refusal: Refusal): Answer => ({ kind: 'refused', refusal });

export function acceptCreateSchedule(turn: Turn, input: CreateSchedule): Answer {
  const { name, rule, request, by } = input;
  const { user } = by;
  const seed = scheduleKey(user, name);
  const known = turn.view.schedules.get(seed);
  if (known) {
    const same = JSON.stringify([rule, request]) === JSON.stringify([known.rule, known.request]);
    if (!same) return refused({ code: 'scheduleExists', schedule: name });
    return { kind: 'scheduled', name, nextMs: known.nextMs, repeated: true };
  }
  if (request.dependency) {
    const limit = 'left out of a recurring job; overlap says what waits for what';
    const value = request.dependency.terms.map(termText).join(',');
    return refused({ code: 'badValue', field: 'dependency', value, limit });
  }
  if (request.deadlineMs !== undefined) {
    const limit = 'left out of a recurring job; limit the time of its runs instead';
    return refused({ code: 'badValue', field: 'deadline', value: `${request.deadlineMs}`, limit });
  }
  const refusal =
    refuseRule(rule) ??
    refuseRequest(turn.view, request) ??
    refuseWish(request, { by, atMs: turn.atMs }) ??
    refuseReservation(turn.view, request, { user: by.user, atMs: turn.atMs });
  if (refusal) return refused(refusal);
  const barred = refuseUse(turn.view, { user: by.user, request });
  if (barred) return refused(barred);
  const nextMs = nextOccurrence(rule, { seed, afterMs: turn.atMs });
  const schedule: Schedule = {
    name,
    user,
    rule,
    request,
    createdMs: turn.atMs,
    paused: false,
    nextMs,
    live: [],
    queued: [],
  };
  turn.record({ kind: 'scheduleCreated', schedule });
  return { kind: 'scheduled', name, nextMs, repeated: false };
}

export function acceptScheduleCommand(turn: Turn, input: ScheduleCommand): Answer {
  const { owner: user, name, by } = input;
  const key = scheduleKey(user, name);
  if (user !== by.user && by.role === 'user') {
    return refused({ code: 'notAllowed', verb: input.kind, role: by.role });
  }
  const schedule = turn.view.schedules.get(key);
  if (!schedule) return refused({ code: 'noSuchSchedule', schedule: name });
  switch (input.kind) {
    case 'pauseSchedule':
      if (!schedule.paused) turn.record({ kind: 'schedulePaused', user, name });
      break;
    case 'resumeSchedule':
      if (schedule.paused) {
        const nextMs = nextOccurrence(schedule.rule, { seed: key, afterMs: turn.atMs });
        turn.record({ kind: 'scheduleResumed', user, name, nextMs });
      }
      break;
    case 'removeSchedule':
      turn.record({ kind: 'scheduleRemoved', user, name });
      return { kind: 'scheduled', name, nextMs: undefined, repeated: false };
    case 'runSchedule': {
      const refusal = refuseRequest(turn.view, schedule.request) ?? refuseUse(turn.view, schedule);
      if (refusal) return refused(refusal);
      submitRun(turn, schedule, turn.atMs);
    }
  }
  const { nextMs } = existing(turn.view.schedules.get(key), `schedule ${key}`);
  return { kind: 'scheduled', name, nextMs, repeated: false };
}
