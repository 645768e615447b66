import type { BoardEnergy } from '../power/boardMeter.ts';

/**
 * A part's share of what its board drew while it ran: by its cores, because a meter does not tell parts
 * apart. Only where the meter was read most of the time, and often enough to be believed.
 */
export type EnergyMeterOptions = {
  readonly read: () => BoardEnergy | undefined;
  /** The part's cores over the board's, at most 1. */
  readonly share: number;
  readonly startedAtMs: number;
};

/** Single readings of the power chip scatter by a fifth: ten of them, 2 s apart. */
const LEAST_MS = { metered: 0, pmic: 18_000 } as const;
const LEAST_COVERED = 0.5;
const LONGEST_STEP_MS = 10_000;

export class EnergyMeter {
  private readonly options: EnergyMeterOptions;
  private last: BoardEnergy | undefined;
  private joules = 0;
  private coveredMs = 0;
  private awayMs = 0;

  constructor(options: EnergyMeterOptions) {
    this.options = options;
    this.last = options.read();
  }

  sample(): void {
    const next = this.options.read();
    const { last } = this;
    this.last = next;
    if (!last || !next || last.how !== next.how) return;
    const stepMs = next.atMs - last.atMs;
    const drawn = next.joules - last.joules;
    if (stepMs <= 0 || stepMs > LONGEST_STEP_MS || drawn < 0) return;
    this.joules += drawn;
    this.coveredMs += stepMs;
  }

  /** What was drawn since the last sample, while the part was suspended for so long, is not its own. */
  skip(awayMs: number): void {
    this.last = this.options.read();
    this.awayMs += awayMs;
  }

  /** The mean watts of the time that was covered, over all of it. */
  used(endedAtMs: number): { readonly joules: number; readonly how: string } | undefined {
    this.sample();
    const { share, startedAtMs } = this.options;
    const elapsedMs = endedAtMs - startedAtMs - this.awayMs;
    const how = this.last?.how;
    if (how === undefined || this.coveredMs <= 0 || this.coveredMs < LEAST_MS[how])
      return undefined;
    if (this.coveredMs < LEAST_COVERED * elapsedMs) return undefined;
    return { joules: (share * this.joules * elapsedMs) / this.coveredMs, how };
  }
}
