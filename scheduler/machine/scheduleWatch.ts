/** Recurring jobs whose time has come, or came while the scheduler was away. */
import { scheduleKey } from '../model/cluster.ts';
import type { Schedule } from '../model/schedule.ts';
import { later, MINUTE_MS } from '../model/time.ts';
import type { TimeMs } from '../model/time.ts';
import { nextOccurrence, occurrencesUntil } from '../policy/occurrence.ts';
import { cancelJob } from './cancellation.ts';
import { recordRun, submitRun } from './scheduleRun.ts';
import type { Turn } from './turn.ts';

/** A run that is later than this was missed. */
const MISSED_AFTER_MS = MINUTE_MS;
/** A long downtime is not counted beyond this many runs. */
const COUNTED_RUNS = 1_000;

export function runSchedule(turn: Turn, key: string): void {
  const schedule = turn.view.schedules.get(key);
  const dueMs = schedule?.nextMs;
  if (!schedule || dueMs === undefined || dueMs > turn.atMs) return;
  const seed = scheduleKey(schedule.user, schedule.name);
  const due = [
    dueMs,
    ...occurrencesUntil(schedule.rule, { seed, afterMs: dueMs }, turn.atMs, COUNTED_RUNS),
  ];
  const nextMs = nextOccurrence(schedule.rule, { seed, afterMs: turn.atMs });
  const after: Schedule = { ...schedule, nextMs };
  const unknown = skipUnknown(turn, after, due);
  const rest = due.slice(unknown);
  const missed = rest.filter((ms) => later(ms, MISSED_AFTER_MS) < turn.atMs);
  for (const ms of runsFor(turn, after, missed)) startRun(turn, after, ms);
  for (const ms of rest.slice(missed.length)) startRun(turn, after, ms);
}

/** Runs that came due between a backup and its restore may have run: they are not made up for. */
function skipUnknown(turn: Turn, schedule: Schedule, due: readonly TimeMs[]): number {
  const { restoring } = turn.view;
  if (!restoring) return 0;
  const before = due.filter((ms) => ms < restoring.restoredMs);
  const last = before.at(-1);
  if (last !== undefined) {
    const what = { kind: 'skippedMissed', count: before.length } as const;
    recordRun(turn, schedule, { dueMs: last, what });
  }
  return before.length;
}

/** Which of the missed runs are made up for; the rest is recorded as skipped. */
function runsFor(turn: Turn, schedule: Schedule, missed: readonly TimeMs[]): readonly TimeMs[] {
  const wanted = { skip: 0, 'run-once': 1, 'run-all': turn.view.settings.maxMissedRuns };
  const runs = Math.min(missed.length, wanted[schedule.rule.missed]);
  const skipped = missed.slice(0, missed.length - runs);
  const last = skipped.at(-1);
  if (last !== undefined) {
    const what = { kind: 'skippedMissed', count: skipped.length } as const;
    recordRun(turn, schedule, { dueMs: last, what });
  }
  return missed.slice(skipped.length);
}

function startRun(turn: Turn, planned: Schedule, dueMs: TimeMs): void {
  const { user, name, nextMs } = planned;
  const now = turn.view.schedules.get(scheduleKey(user, name));
  if (!now) return;
  const schedule: Schedule = { ...now, nextMs };
  const live = schedule.live[0];
  if (live === undefined) {
    submitRun(turn, schedule, dueMs);
    return;
  }
  const { overlap } = schedule.rule;
  const room = schedule.queued.length < turn.view.settings.maxMissedRuns;
  if (overlap === 'skip' || (overlap === 'queue' && !room)) {
    recordRun(turn, schedule, { dueMs, what: { kind: 'skippedOverlap', live } });
    return;
  }
  recordRun(turn, schedule, { dueMs, what: { kind: 'queued' } });
  if (overlap === 'replace') cancelLive(turn, schedule);
}

/** The queued run starts when the last of these is over, so that the two never overlap. */
function cancelLive(turn: Turn, schedule: Schedule): void {
  for (const id of schedule.live) {
    const job = turn.view.jobs.get(id);
    if (job) cancelJob(turn, job, `schedule ${schedule.name}`);
  }
}
