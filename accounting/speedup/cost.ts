/**
 * What a rank count costs (docs/speedup.md 4.5): core-hours, those lost, and the rank count that needs least
 * energy on the averaged curve.
 */
import { averageSeconds } from './candidates.ts';
import { rankGrid, type Search } from './landmarks.ts';
import type { MeasuredRow } from './measured.ts';

export type Cost = {
  /** p T. */
  readonly coreHours: number;
  /** P T: hours of the reference processor. */
  readonly weightedCoreHours: number;
  /** P T - T1; undefined without T1, never below 0. */
  readonly lostCoreHours: number | undefined;
};

export function costOf(row: MeasuredRow): Cost {
  const { ranks, equivalent, seconds, efficiency } = row;
  const weightedCoreHours = (equivalent * seconds) / 3600;
  return {
    coreHours: (ranks * seconds) / 3600,
    weightedCoreHours,
    lostCoreHours:
      efficiency === undefined ? undefined : Math.max(0, weightedCoreHours * (1 - efficiency)),
  };
}

export type RankWatts = {
  /** Drawn per rank as long as the job holds it. */
  readonly idleW: number;
  /** Drawn per rank while it works. */
  readonly busyW: number;
  /** Drawn per rank while it is blocked: idle when it sleeps, near busy when it spins. */
  readonly blockedW: number;
  /** Drawn as long as the job runs whatever its ranks: other nodes that stay powered, the switch. */
  readonly alwaysW: number;
};

export type EnergyOptimum = {
  readonly ranks: number;
  readonly joules: number;
  readonly seconds: number;
  readonly atLimit: boolean;
};

/** J(p) = T (alwaysW + p blockedW) + T1 (busyW - blockedW), blocked = all that is not T1's work. */
export function energyOptimum(search: Search, watts: RankWatts): EnergyOptimum {
  const blockedW = Math.max(watts.idleW, watts.blockedW);
  const working = search.t1S * Math.max(0, watts.busyW - blockedW);
  let best: EnergyOptimum | undefined;
  for (const ranks of rankGrid(search.limitRanks)) {
    const seconds = averageSeconds(search.set, search.pointAt(ranks));
    const joules = seconds * (watts.alwaysW + ranks * blockedW) + working;
    if (!best || joules < best.joules * (1 - 1e-12)) {
      best = { ranks, joules, seconds, atLimit: ranks === search.limitRanks };
    }
  }
  return best ?? { ranks: 1, joules: Number.NaN, seconds: Number.NaN, atLimit: true };
}
