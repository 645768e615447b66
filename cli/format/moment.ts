/**
 * Points in time as users write and read them, in the zone of the process (`TZ`): Slurm's forms for
 * `--begin`, `-S` and `-E`, and `YYYY-MM-DDTHH:MM:SS` for printing.
 */
import { nearest } from './nearest.ts';
import { notParsed, type Parsed, parsed } from './parsed.ts';

const SECOND = 1000;
const DAY = 86_400 * SECOND;

const UNIT_MS: Readonly<Record<string, number>> = {
  second: SECOND,
  minute: 60 * SECOND,
  hour: 3600 * SECOND,
  day: DAY,
  week: 7 * DAY,
};

/** Hours of Slurm's named times. */
const NAMED_HOUR: Readonly<Record<string, number>> = {
  midnight: 0,
  elevenses: 11,
  noon: 12,
  fika: 15,
  teatime: 16,
};

const NAMED_DAY: Readonly<Record<string, number>> = { today: 0, tomorrow: 1, yesterday: -1 };

const WORDS = ['now', ...Object.keys(NAMED_DAY), ...Object.keys(NAMED_HOUR)];
const FORMS = '16:00, now+1hour, 2026-01-31T12:30, tomorrow, noon';

/** `passedClock: tomorrow` moves a clock time that is over to the next day, as `--begin` wants it. */
export type MomentOptions = {
  readonly nowMs: number;
  readonly passedClock: 'today' | 'tomorrow';
};

export function parseMoment(text: string, options: MomentOptions): Parsed<number> {
  const source = text.trim().toLowerCase();
  const { nowMs } = options;
  const relative = /^now(?:\s*([+-])\s*(\d{1,12})\s*([a-z]*))?$/.exec(source);
  if (relative) return relativeMoment(text, relative, nowMs);
  const days = NAMED_DAY[source];
  if (days !== undefined) return parsed(atClock(nowMs, days, { hour: 0, minute: 0, second: 0 }));
  const hour = NAMED_HOUR[source];
  if (hour !== undefined) return parsed(nextClock({ hour, minute: 0, second: 0 }, options));
  const clock = readClock(source);
  if (clock) return parsed(nextClock(clock, options));
  return datedMoment(text, source);
}

function relativeMoment(text: string, found: RegExpExecArray, nowMs: number): Parsed<number> {
  const [, sign, count, unit = ''] = found;
  if (count === undefined) return parsed(nowMs);
  const name = Object.keys(UNIT_MS).find(
    (known) => unit !== '' && (known === unit || `${known}s` === unit),
  );
  if (unit !== '' && name === undefined) {
    const problem = `unknown unit '${unit}' (known: seconds minutes hours days weeks)`;
    return notParsed(problem, text, text.toLowerCase().lastIndexOf(unit));
  }
  const distance = Number(count) * (UNIT_MS[name ?? 'second'] ?? SECOND);
  return bounded(nowMs + (sign === '-' ? -distance : distance), text);
}

type Clock = { readonly hour: number; readonly minute: number; readonly second: number };

function readClock(source: string): Clock | undefined {
  const found = /^(\d{1,2}):(\d{2})(?::(\d{2}))?(am|pm)?$/.exec(source);
  if (!found) return undefined;
  const [, hours, minutes, seconds = '0', half] = found;
  let hour = Number(hours);
  if (half !== undefined) {
    if (hour < 1 || hour > 12) return undefined;
    hour = (hour % 12) + (half === 'pm' ? 12 : 0);
  }
  const clock = { hour, minute: Number(minutes), second: Number(seconds) };
  return isClock(clock) ? clock : undefined;
}

const isClock = ({ hour, minute, second }: Clock): boolean =>
  hour < 24 && minute < 60 && second < 60;

function atClock(nowMs: number, days: number, { hour, minute, second }: Clock): number {
  const day = new Date(nowMs);
  day.setDate(day.getDate() + days);
  day.setHours(hour, minute, second, 0);
  return day.getTime();
}

function nextClock(clock: Clock, { nowMs, passedClock }: MomentOptions): number {
  const today = atClock(nowMs, 0, clock);
  return today < nowMs && passedClock === 'tomorrow' ? atClock(nowMs, 1, clock) : today;
}

/** `2026-01-31[T12:30[:05]][Z or +01:00]`, `013126`, `01/31/26`. */
function datedMoment(text: string, source: string): Parsed<number> {
  const iso = /^(\d{4})-(\d{2})-(\d{2})(?:[t ](.*?))?(z|[+-]\d{2}:?\d{2})?$/.exec(source);
  const american = /^(\d{2})[/.]?(\d{2})[/.]?(\d{2})(?:-(.*))?$/.exec(source);
  const found = iso ?? american;
  if (!found) {
    const guess = nearest(source, WORDS);
    const hint = guess === undefined ? `such as ${FORMS}` : `did you mean '${guess}'?`;
    return notParsed(`not a time (${hint})`, text, 0);
  }
  const [year, month, day] = iso
    ? [Number(found[1]), Number(found[2]), Number(found[3])]
    : [2000 + Number(found[3]), Number(found[1]), Number(found[2])];
  const clockText = found[4];
  const clock = clockText === undefined ? { hour: 0, minute: 0, second: 0 } : readClock(clockText);
  if (!clock) return notParsed(`not a clock time '${clockText}'`, text, source.indexOf('t') + 1);
  const zone = iso?.[5];
  const date = new Date(Date.UTC(year, month - 1, day));
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) {
    return notParsed('not a day of the calendar', text, 0);
  }
  const { hour, minute, second } = clock;
  if (zone === undefined) {
    return bounded(new Date(year, month - 1, day, hour, minute, second).getTime(), text);
  }
  const utc = Date.UTC(year, month - 1, day, hour, minute, second);
  return bounded(utc - zoneOffsetMs(zone), text);
}

function zoneOffsetMs(zone: string): number {
  if (zone === 'z') return 0;
  const digits = zone.slice(1).replace(':', '');
  const minutes = Number(digits.slice(0, 2)) * 60 + Number(digits.slice(2));
  return (zone.startsWith('-') ? -1 : 1) * minutes * 60 * SECOND;
}

function bounded(momentMs: number, text: string): Parsed<number> {
  const latest = Date.UTC(2200, 0, 1);
  if (momentMs >= 0 && momentMs <= latest) return parsed(momentMs);
  return notParsed('a time outside the years 1970 to 2200', text, 0);
}

const two = (value: number): string => String(value).padStart(2, '0');

/** `2026-01-31T12:30:05` in the process's zone. */
export function formatMoment(momentMs: number): string {
  const at = new Date(momentMs);
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  return `${day}T${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
}
