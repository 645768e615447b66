import { type TimeMs, timeMs } from '../model/time.ts';

/** Readings of the machine's clocks, in milliseconds. */
export type ClockSource = { wallMs(): number; monotonicMs(): number };

/** Corrections up to this size are simply taken over; they are far below every lease margin. */
const STEP_MS = 5_000;
/** Share of elapsed time by which a clock that is ahead is held back. */
const SLEW = 0.1;

/**
 * The scheduler's time. Durations (leases, silence) are judged by it, so it runs with the
 * monotonic clock and never goes back: a wall clock set back is approached by running 10 %
 * slower. A wall clock set forward (a Pi without a battery clock, at its first time
 * synchronisation) is followed at once, but the reading says `jumped`: nodes must then get the
 * same grace as after a restart, or all of them would seem lost.
 */
export class Clock {
  readonly #source: ClockSource;
  #last: number;
  #lastMonotonic: number;
  #jumped = false;

  /** Starts no earlier than `notBeforeMs`, the newest time in the journal. */
  constructor(source: ClockSource, options: { readonly notBeforeMs: number }) {
    this.#source = source;
    this.#last = Math.max(Math.floor(source.wallMs()), options.notBeforeMs);
    this.#lastMonotonic = source.monotonicMs();
  }

  /** For the loop: `jumped` is said once, to whoever judges the nodes. */
  read(): { readonly atMs: TimeMs; readonly jumped: boolean } {
    const atMs = this.now();
    const jumped = this.#jumped;
    this.#jumped = false;
    return { atMs, jumped };
  }

  now(): TimeMs {
    const monotonic = this.#source.monotonicMs();
    const elapsed = Math.max(0, monotonic - this.#lastMonotonic);
    const expected = this.#last + elapsed;
    const ahead = expected - this.#source.wallMs();
    if (ahead < -STEP_MS) this.#jumped = true;
    this.#last = ahead <= 0 ? expected - ahead : expected - Math.min(ahead, elapsed * SLEW);
    this.#lastMonotonic = monotonic;
    return timeMs(Math.floor(this.#last));
  }
}

export const systemClock: ClockSource = {
  wallMs: () => Date.now(),
  monotonicMs: () => performance.now(),
};
