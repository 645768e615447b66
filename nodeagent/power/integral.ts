import type { PowerReading } from './powerSource.ts';

/** Joules from readings in the order of their times; a gap between two of them adds nothing. */
export type Integral = {
  readonly joules: number;
  /** Of the last reading. */
  readonly atMs: number | undefined;
  readonly last: PowerReading | undefined;
};

export const NOTHING_YET: Integral = { joules: 0, atMs: undefined, last: undefined };
const LONGEST_GAP_MS = 10_000;

export function integrated(before: Integral, reading: PowerReading, atMs: number): Integral {
  const { joules, last } = before;
  const elapsedMs = before.atMs === undefined ? Number.POSITIVE_INFINITY : atMs - before.atMs;
  const bridged = elapsedMs >= 0 && elapsedMs <= LONGEST_GAP_MS;
  const drawn = last && bridged ? between(last, reading, elapsedMs / 1_000) : 0;
  return { joules: joules + drawn, atMs, last: reading };
}

/** Watts: the mean of both ends. A counter that went back began anew, or is another one. */
function between(last: PowerReading, next: PowerReading, seconds: number): number {
  if (last.kind === 'watts')
    return next.kind === 'watts' ? ((last.watts + next.watts) / 2) * seconds : 0;
  if (next.kind === 'watts') return 0;
  const step = next.joules - last.joules;
  return step >= 0 ? step : Math.max(0, step + (next.wrapsJ ?? 0));
}
