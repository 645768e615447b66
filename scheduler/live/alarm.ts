/** The longest delay that setTimeout takes without overflowing. */
const LONGEST_MS = 2 ** 31 - 1;

/**
 * `wakeAt` orders as one timer. Keeps every asked moment (rounded up to 10 ms, so that there
 * are few) until it has come; rings once for all that are due.
 */
export class Alarm {
  readonly #ring: () => void;
  readonly #moments = new Set<number>();
  #timer: NodeJS.Timeout | undefined;
  #earliest = Number.POSITIVE_INFINITY;
  /** The timer has rung for what is due. */
  #rung = false;

  constructor(ring: () => void) {
    this.#ring = ring;
  }

  /** `nowMs` is the scheduler's time, in which `atMs` is given too. */
  set(atMs: number, nowMs: number): void {
    const moment = Math.ceil(atMs / 10) * 10;
    this.#moments.add(moment);
    if (moment < this.#earliest) this.#arm(moment, nowMs);
  }

  /**
   * Forgets the moments that have come and waits for the next; rings for them if their timer has
   * not come to it, as when the loop was busy. Call with every reading of the time.
   */
  reached(nowMs: number): void {
    if (nowMs < this.#earliest) {
      if (this.#timer === undefined) this.#arm(this.#earliest, nowMs);
      this.#rung = false;
      return;
    }
    let earliest = Number.POSITIVE_INFINITY;
    for (const moment of this.#moments) {
      if (moment <= nowMs) this.#moments.delete(moment);
      else if (moment < earliest) earliest = moment;
    }
    this.#arm(earliest, nowMs);
    if (!this.#rung) this.#ring();
    this.#rung = false;
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#moments.clear();
    this.#earliest = Number.POSITIVE_INFINITY;
  }

  #arm(earliest: number, nowMs: number): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#earliest = earliest;
    if (earliest === Number.POSITIVE_INFINITY) return;
    const delayMs = Math.min(LONGEST_MS, Math.max(1, earliest - nowMs));
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#rung = true;
      this.#ring();
    }, delayMs);
  }
}
