/**
 * Efficiencies after POP (docs/speedup.md 2.3), from useful seconds per rank and the sums over segments. All are
 * 1 at best; below 0.8 is worth a look. S = p x parallel x computation, exactly, where T1 = U(1).
 */
import { largestOf } from '../numeric/extremes.ts';
import type { SpeedupRun } from './run.ts';

export type PopEfficiency = {
  /** mean U / T = loadBalance x serialisation x transfer. */
  readonly parallel: number;
  /** mean U / max U. */
  readonly loadBalance: number;
  /** max U / sum over segments of their largest u: ranks that wait by turns. Undefined without segments. */
  readonly serialisation: number | undefined;
  /** That sum over T; without segments max U / T, which is serialisation x transfer unsplit. */
  readonly transfer: number;
};

/** Undefined where not every rank was measured. */
export function popEfficiency(run: SpeedupRun): PopEfficiency | undefined {
  const { useful, ranks, seconds, segments } = run;
  if (useful?.length !== ranks || !(seconds > 0)) return undefined;
  const most = largestOf(useful);
  if (!(most > 0)) return undefined;
  const mean = useful.reduce((sum, each) => sum + each, 0) / ranks;
  const critical = segments?.criticalSeconds;
  return {
    parallel: mean / seconds,
    loadBalance: mean / most,
    serialisation: critical === undefined ? undefined : most / critical,
    transfer: (critical ?? most) / seconds,
  };
}

/** T1 / sum U: what more ranks cost in work itself (instructions, caches, clock). */
export const computationEfficiency = (t1S: number, useful: readonly number[]): number =>
  t1S / useful.reduce((sum, each) => sum + each, 0);

/** Of the measured runs of one rank count; a part that not all have is left out. */
export function meanPop(
  runs: readonly SpeedupRun[],
  t1S: number,
): (PopEfficiency & { readonly computation: number }) | undefined {
  const measured = runs.flatMap((run) => {
    const pop = popEfficiency(run);
    return pop ? [{ ...pop, computation: computationEfficiency(t1S, run.useful ?? []) }] : [];
  });
  if (measured.length === 0) return undefined;
  const mean = (of: (pop: (typeof measured)[number]) => number | undefined): number =>
    measured.reduce((sum, pop) => sum + (of(pop) ?? Number.NaN), 0) / measured.length;
  const serialisation = mean((pop) => pop.serialisation);
  return {
    parallel: mean((pop) => pop.parallel),
    loadBalance: mean((pop) => pop.loadBalance),
    serialisation: Number.isNaN(serialisation) ? undefined : serialisation,
    transfer: mean((pop) => pop.transfer),
    computation: mean((pop) => pop.computation),
  };
}
