/**
 * Does what every node of the cluster does at this moment at a random one a little later, so that
 * the scheduler is not buried in reports. One of a kind waits at a time: the last.
 */
export class Scatter {
  private readonly withinMs: () => number;
  private readonly timers = new Map<string, NodeJS.Timeout>();

  constructor(withinMs: () => number) {
    this.withinMs = withinMs;
  }

  soon(kind: string, act: () => void): void {
    this.cancel(kind);
    this.timers.set(kind, setTimeout(act, Math.random() * this.withinMs()));
  }

  cancel(kind: string): void {
    clearTimeout(this.timers.get(kind));
  }

  close(): void {
    for (const kind of this.timers.keys()) this.cancel(kind);
  }
}
