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

/** Every world loses or doubles messages, so that no seed is wasted on a world without faults. */
const drawNetwork = (random: Random): Pick<Faults, 'loss' | 'duplication'> => {
  const loss = random.chance(0.7) ? 0.1 + random.unit() * 0.25 : 0;
  const duplication = loss === 0 || random.chance(0.6) ? 0.1 + random.unit() * 0.2 : 0;
  return { loss, duplication };
};

export const drawFaults = (random: Random): Faults => ({
  ...drawNetwork(random),
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
