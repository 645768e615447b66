/**
 * How long a part has run, in milliseconds of CLOCK_MONOTONIC. What its ranks waited for their peers
 * does not count against the time limit; the time for which it was suspended counts nowhere.
 */
export class RunClock {
  private readonly startedAtMs: number;
  private ranksAtMs: number | undefined;
  private stoppedAtMs: number | undefined;
  private stoppedMs = 0;

  constructor(now: number) {
    this.startedAtMs = now;
  }

  ranksBegin(now: number): void {
    this.ranksAtMs = now;
  }

  get isStopped(): boolean {
    return this.stoppedAtMs !== undefined;
  }

  stop(now: number): void {
    this.stoppedAtMs ??= now;
  }

  /** Returns for how long it was stopped. */
  goOn(now: number): number {
    const beforeMs = this.stoppedMs;
    this.stoppedMs = this.suspendedMs(now);
    this.stoppedAtMs = undefined;
    return this.stoppedMs - beforeMs;
  }

  /** Of all suspensions, the present one included. */
  suspendedMs(now: number): number {
    return this.stoppedMs + (this.stoppedAtMs === undefined ? 0 : now - this.stoppedAtMs);
  }

  elapsedMs(now: number): number {
    return now - this.startedAtMs - this.suspendedMs(now);
  }

  /** Of a limit, 0: none. A part is suspended only once its ranks have begun. */
  leftMs(limitMs: number, now: number): number {
    if (limitMs === 0 || this.ranksAtMs === undefined) return Infinity;
    return limitMs - (now - this.ranksAtMs - this.suspendedMs(now));
  }
}
