/**
 * When a recurring job runs, over cron-parser. The expression is followed on the wall clock
 * of its zone: a time that a clock change skips does not run, a time that it doubles runs
 * once, the first time. (cron-parser alone would move skipped runs and repeat doubled ones,
 * so it is used as a calendar without a zone, in UTC, and its wall times are placed here.)
 */
import { CronExpressionParser } from 'cron-parser';
import type { ScheduleRule } from '../model/schedule.ts';
import { DAY_MS, timeMs } from '../model/time.ts';
import type { TimeMs } from '../model/time.ts';
import { dayOffsetMs, offsetMs } from './zone.ts';

/** A cron expression and the zone on whose wall clock it is followed. */
type Rule = Pick<ScheduleRule, 'cron' | 'timezone'>;

type From = {
  /** What `H` in an expression is drawn from: the schedule's name. */
  readonly seed: string;
  readonly afterMs: TimeMs;
};

/** The first run after `afterMs`; undefined when there is none. */
export function nextOccurrence(rule: Rule, from: From): TimeMs | undefined {
  for (const time of occurrences(rule, from)) return time;
  return undefined;
}

/** The runs after `afterMs` and up to `untilMs`, ascending, at most `limit`. */
export function occurrencesUntil(
  rule: Rule,
  from: From,
  untilMs: TimeMs,
  limit: number,
): readonly TimeMs[] {
  const found: TimeMs[] = [];
  if (limit === 0) return found;
  for (const time of occurrences(rule, from)) {
    if (time > untilMs) break;
    found.push(time);
    if (found.length === limit) break;
  }
  return found;
}

/** The next `count` runs after `afterMs`, for those who ask what is coming. */
export function nextOccurrences(rule: Rule, from: From, count: number): readonly TimeMs[] {
  return occurrencesUntil(rule, from, timeMs(Number.MAX_SAFE_INTEGER), count);
}

function* occurrences(rule: Rule, from: From): Generator<TimeMs> {
  const zone = rule.timezone;
  const wallNowMs = from.afterMs + offsetMs(zone, from.afterMs);
  const calendar = CronExpressionParser.parse(rule.cron.trim().replace(/\s+/g, ' '), {
    tz: 'UTC',
    currentDate: new Date(wallNowMs),
    hashSeed: from.seed,
  });
  let lastMs: number = from.afterMs;
  for (;;) {
    const wallMs = nextWallTime(calendar);
    if (wallMs === undefined) return;
    const instantMs = firstInstant(zone, wallMs);
    if (instantMs === undefined || instantMs <= lastMs) continue;
    lastMs = instantMs;
    yield timeMs(instantMs);
  }
}

/** cron-parser throws when it finds no further date. */
function nextWallTime(calendar: ReturnType<typeof CronExpressionParser.parse>): number | undefined {
  try {
    return calendar.next().getTime();
  } catch {
    return undefined;
  }
}

/** The earliest moment at which clocks in the zone show `wallMs`; undefined when they never do. */
function firstInstant(zone: string, wallMs: number): number | undefined {
  const dayMs = Math.floor(wallMs / DAY_MS) * DAY_MS;
  const before = dayOffsetMs(zone, dayMs - DAY_MS);
  const after = dayOffsetMs(zone, dayMs + 2 * DAY_MS);
  if (before === after) return wallMs - before;
  for (const offset of [Math.max(before, after), Math.min(before, after)]) {
    if (offsetMs(zone, wallMs - offset) === offset) return wallMs - offset;
  }
  return undefined;
}
