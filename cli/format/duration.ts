/**
 * Durations as Slurm prints and reads them. Milliseconds inside,
 * Slurm's texts outside; `undefined` means "no limit" where a limit is printed.
 */
import { notParsed, type Parsed, parsed } from './parsed.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** The longest duration that is taken for meant: 10 years. */
export const LONGEST_DURATION_MS = 3650 * DAY;

const two = (value: number): string => String(value).padStart(2, '0');

function split(durationMs: number) {
  const total = Math.max(0, Math.floor(durationMs / SECOND));
  return {
    days: Math.floor(total / 86_400),
    hours: Math.floor(total / 3600) % 24,
    minutes: Math.floor(total / 60) % 60,
    seconds: total % 60,
  };
}

/** squeue TIME: `M:SS`, `H:MM:SS`, `D-HH:MM:SS`. */
export function formatRunningTime(elapsedMs: number): string {
  const { days, hours, minutes, seconds } = split(elapsedMs);
  if (days > 0) return `${days}-${two(hours)}:${two(minutes)}:${two(seconds)}`;
  if (hours > 0) return `${hours}:${two(minutes)}:${two(seconds)}`;
  return `${minutes}:${two(seconds)}`;
}

/** sacct Elapsed and Timelimit: `HH:MM:SS`, `D-HH:MM:SS`. */
export function formatElapsed(elapsedMs: number): string {
  const { days, hours, minutes, seconds } = split(elapsedMs);
  const clock = `${two(hours)}:${two(minutes)}:${two(seconds)}`;
  return days > 0 ? `${days}-${clock}` : clock;
}

export function formatTimeLimit(limitMs: number | undefined): string {
  return limitMs === undefined ? 'UNLIMITED' : formatElapsed(limitMs);
}

/** sacct TotalCPU: `MM:SS.mmm` below an hour when there are milliseconds, else as Elapsed. */
export function formatTotalCpu(cpuMs: number): string {
  const whole = Math.max(0, Math.round(cpuMs));
  if (whole >= HOUR || whole % SECOND === 0) return formatElapsed(whole);
  const { minutes, seconds } = split(whole);
  return `${two(minutes)}:${two(seconds)}.${String(whole % SECOND).padStart(3, '0')}`;
}

/** For people: `0.42s`, `58.1s`, `12m05s`, `3h20m`, `2d04h`; three significant places at most. */
export function formatBrief(durationMs: number): string {
  const seconds = durationMs / SECOND;
  if (seconds < 0.9995) return `${seconds.toPrecision(2)}s`;
  if (seconds < 9.995) return `${seconds.toFixed(2)}s`;
  if (seconds < 99.95) return `${seconds.toFixed(1)}s`;
  const rounded = split(durationMs + SECOND / 2);
  if (rounded.days > 0) return `${rounded.days}d${two(rounded.hours)}h`;
  if (rounded.hours > 0) return `${rounded.hours}h${two(rounded.minutes)}m`;
  return `${rounded.minutes}m${two(rounded.seconds)}s`;
}

const SUFFIX_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: SECOND,
  sec: SECOND,
  m: MINUTE,
  min: MINUTE,
  h: HOUR,
  d: DAY,
  w: 7 * DAY,
};

/** `10m`, `90s`, `1.5h`, `1d12h`, `500ms`: a number needs a unit here. Exact, never rounded. */
export function parseDuration(text: string): Parsed<number> {
  const source = text.trim().toLowerCase();
  const part = /(\d+(?:\.\d+)?)\s*([a-z]+)\s*/y;
  let total = 0;
  let at = 0;
  while (at < source.length) {
    part.lastIndex = at;
    const found = part.exec(source);
    if (!found) return notParsed('not a duration (such as 10m, 90s, 2h, 1d12h)', text, at);
    const unit = SUFFIX_MS[found[2] ?? ''];
    if (unit === undefined) {
      const where = at + (found[1] ?? '').length;
      return notParsed(`unknown unit '${found[2]}' (known: ms s m h d w)`, text, where);
    }
    total += Number(found[1]) * unit;
    at = part.lastIndex;
  }
  if (at === 0) return notParsed('an empty duration', text, 0);
  return bounded(Math.round(total), text);
}

/**
 * A time limit: Slurm's `m`, `m:s`, `h:m:s`, `d-h`, `d-h:m`, `d-h:m:s` (seconds round up to a
 * minute, as Slurm does), `0`, `-1`, `INFINITE` and `UNLIMITED` (no limit), or a duration with units.
 */
export function parseTimeLimit(text: string): Parsed<number | 'unlimited'> {
  const source = text.trim();
  if (/^(-1|infinite|unlimited)$/i.test(source)) return parsed('unlimited');
  if (/[a-z]/i.test(source)) return parseDuration(text);
  const found = /^(?:(\d+)-)?(\d+)(?::(\d+))?(?::(\d+))?$/.exec(source);
  if (!found) {
    const at = Math.max(0, source.search(/[^\d:-]/));
    return notParsed(
      'not a time limit (minutes, m:s, h:m:s, d-h, d-h:m, d-h:m:s, or 10m, 2h)',
      text,
      at,
    );
  }
  const [, days, first, second, third] = found;
  const [a, b, c] = [Number(first), Number(second ?? 0), Number(third ?? 0)];
  let limitMs: number;
  if (days !== undefined) limitMs = Number(days) * DAY + a * HOUR + b * MINUTE + c * SECOND;
  else if (third !== undefined) limitMs = a * HOUR + b * MINUTE + c * SECOND;
  else limitMs = a * MINUTE + b * SECOND;
  if (limitMs === 0) return parsed('unlimited');
  return bounded(Math.ceil(limitMs / MINUTE) * MINUTE, text);
}

function bounded(durationMs: number, text: string): Parsed<number> {
  if (durationMs <= LONGEST_DURATION_MS) return parsed(durationMs);
  return notParsed('a duration above 10 years', text, 0);
}
