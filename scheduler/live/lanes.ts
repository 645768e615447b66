/**
 * The bounded queue of what waits for the loop. Reports and completions go before cancels,
 * cancels before submits, submits before questions; within a lane, first come first served.
 */
export const LANES = ['report', 'cancel', 'submit', 'query'] as const;
export type Lane = (typeof LANES)[number];

/** Most that may wait in each lane; senders repeat what is dropped. */
const CAPACITY: Readonly<Record<Lane, number>> = {
  report: 4_096,
  cancel: 8_192,
  submit: 8_192,
  query: 2_048,
};

export class Lanes<T> {
  readonly #waiting: Record<Lane, T[]> = { report: [], cancel: [], submit: [], query: [] };

  /** False when the lane is full: nothing was kept. */
  put(lane: Lane, item: T): boolean {
    const waiting = this.#waiting[lane];
    if (waiting.length >= CAPACITY[lane]) return false;
    waiting.push(item);
    return true;
  }

  /** Up to `limit` items, most urgent lane first. */
  take(lanes: readonly Lane[], limit: number): T[] {
    const taken: T[] = [];
    for (const lane of lanes) {
      const waiting = this.#waiting[lane];
      if (taken.length < limit && waiting.length > 0)
        taken.push(...waiting.splice(0, limit - taken.length));
    }
    return taken;
  }

  /** Puts items back at the head of their lane. */
  putBack(lane: Lane, items: readonly T[]): void {
    this.#waiting[lane].unshift(...items);
  }

  get length(): number {
    return LANES.reduce((sum, lane) => sum + this.#waiting[lane].length, 0);
  }
}
