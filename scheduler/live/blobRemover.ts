import type { Bus } from '../../proto/bus.ts';

/** How soon the store is tried again: it is away as long as the broker is. */
const AGAIN_MS = 10_000;
/** What a store that is broken for days leaves to `pictl prune --files`. */
const MOST_WAITING = 100_000;

/**
 * Takes files that nobody names any more out of the store, trying until it is done: what a broker that is
 * away at the end of a job does not hear would otherwise stay for ever.
 */
export class BlobRemover {
  readonly #bus: Pick<Bus, 'removeBlobs'>;
  readonly #onTrouble: (problem: string) => void;
  readonly #waiting = new Set<string>();
  #isBusy = false;

  constructor(bus: Pick<Bus, 'removeBlobs'>, onTrouble: (problem: string) => void) {
    this.#bus = bus;
    this.#onTrouble = onTrouble;
  }

  remove(sha256s: readonly string[]): void {
    for (const sha256 of sha256s) if (this.#waiting.size < MOST_WAITING) this.#waiting.add(sha256);
    if (!this.#isBusy) void this.#work();
  }

  async #work(): Promise<void> {
    this.#isBusy = true;
    let pauseMs = 0;
    try {
      while (this.#waiting.size > 0) {
        const some = [...this.#waiting];
        await this.#bus.removeBlobs(some);
        for (const sha256 of some) this.#waiting.delete(sha256);
      }
    } catch (error) {
      pauseMs = AGAIN_MS;
      this.#onTrouble(`files of old checkpoints are still in the store: ${String(error)}`);
    }
    if (pauseMs === 0) this.#isBusy = false;
    else setTimeout(() => void this.#work(), pauseMs).unref();
  }
}
