/**
 * Wall-clock seconds of the phases of a kernel, for the `measured` part of its result. (What
 * the accounting shows is measured by the job host, not here.)
 */
export type Stopwatch = {
  /** Seconds since the last lap, kept under `name`. */
  lap(name: string): number;
  readonly seconds: Readonly<Record<string, number>>;
};

export function startStopwatch(): Stopwatch {
  const seconds: Record<string, number> = {};
  let since = performance.now();
  return {
    seconds,
    lap(name) {
      const now = performance.now();
      const elapsed = Math.round(now - since) / 1000;
      since = now;
      seconds[name] = elapsed;
      return elapsed;
    },
  };
}
