/** The menu of faults, drawn anew for every seed: some runs lose much, some nothing. */
import type { Random } from './random.ts';

export type Faults = {
  readonly loss: number;
  readonly duplication: number;
  readonly maxDelayMs: number;
  /** Mean time between faults of each kind; Infinity = never. */
  readonly schedulerCrashMs: number;
  readonly agentCrashMs: number;
  readonly powerCutMs: number;
  readonly partitionMs: number;
};

const often = (random: Random, meanMs: number): number => (random.chance(0.6) ? meanMs : Infinity);

export const drawFaults = (random: Random): Faults => ({
  loss: random.chance(0.7) ? random.unit() * 0.3 : 0,
  duplication: random.chance(0.7) ? random.unit() * 0.3 : 0,
  maxDelayMs: random.pick([5, 200, 3_000, 15_000]) ?? 5,
  schedulerCrashMs: often(random, 60_000),
  agentCrashMs: often(random, 40_000),
  powerCutMs: often(random, 120_000),
  partitionMs: often(random, 60_000),
});

export const NO_FAULTS: Faults = {
  loss: 0,
  duplication: 0,
  maxDelayMs: 5,
  schedulerCrashMs: Infinity,
  agentCrashMs: Infinity,
  powerCutMs: Infinity,
  partitionMs: Infinity,
};
