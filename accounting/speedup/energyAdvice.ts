/**
 * The rank count of least energy (docs/speedup.md 4.5): argmin J(p) on the averaged curve, with the nodes of
 * the largest run powered whatever p is. What ranks do not use costs idle watts, so fewer than the fastest are
 * seldom cheaper; where more ranks slow the program down they are.
 */
import { boardOf, type PowerOptions } from '../energy.ts';
import { energyOptimum } from './cost.ts';
import type { Search } from './landmarks.ts';
import type { SpeedupRun } from './run.ts';

export type EnergyAdvice = {
  readonly ranks: number;
  readonly joules: number;
  readonly seconds: number;
  /** Powered all the time. */
  readonly nodes: number;
  /** No more ranks fit on them, or are predicted. */
  readonly atLimit: boolean;
};

/** Undefined where boards differ, their watts are not known or the runs do not say on how many nodes they ran. */
export function energyAdvice(
  search: Search,
  runs: readonly SpeedupRun[],
  power: PowerOptions,
): EnergyAdvice | undefined {
  const models = new Set(runs.map(({ model }) => model));
  const [model] = models;
  const board = models.size === 1 && model ? boardOf(power.boards, model) : undefined;
  const largest = runs.find(({ ranks }) => ranks === search.largestRanks);
  const { nodes, threadsPerRank = 1 } = largest ?? {};
  if (board?.idleW === undefined || nodes === undefined) return undefined;
  const fitting = nodes * Math.max(1, Math.floor(board.cores / threadsPerRank));
  const limitRanks = Math.min(search.limitRanks, Math.max(search.largestRanks, fitting));
  const optimum = energyOptimum(
    { ...search, limitRanks },
    {
      alwaysW: nodes * (board.idleW + power.overheadWPerNode),
      idleW: 0,
      blockedW: 0,
      busyW: (Math.max(0, board.busyW - board.idleW) / board.cores) * threadsPerRank,
    },
  );
  return { ...optimum, nodes };
}
