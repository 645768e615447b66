const SAMPLE_MS = 100;

export type LagSource = { monotonicMs(): number; cpuMs(): number };

/**
 * How far the event loop is behind by its own work. Time in which others had the processor is not
 * counted, nor is one long turn (a snapshot, a question to the whole history): what counts is the
 * smaller one of the last two samples.
 */
export class LagMeter {
  #last = 0;
  #before = 0;
  #timer: NodeJS.Timeout | undefined;

  /** Measures until `stop`. */
  start(source: LagSource): void {
    let dueMs = source.monotonicMs() + SAMPLE_MS;
    let cpuMs = source.cpuMs();
    this.#timer = setInterval(() => {
      const now = source.monotonicMs();
      const used = source.cpuMs();
      this.note({ lateMs: now - dueMs, workedMs: used - cpuMs });
      dueMs = now + SAMPLE_MS;
      cpuMs = used;
    }, SAMPLE_MS);
    this.#timer.unref();
  }

  note({ lateMs, workedMs }: { readonly lateMs: number; readonly workedMs: number }): void {
    this.#before = this.#last;
    this.#last = Math.max(0, Math.min(lateMs, workedMs));
  }

  get lagMs(): number {
    return Math.min(this.#last, this.#before);
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}

/** Processor time of this process so far. */
export const processCpuMs = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
};
