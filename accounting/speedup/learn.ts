/**
 * The curve of a pile of runs by the rules of analyse.ts, without its report: no intervals, no advice.
 * Of runs that do not belong together the largest group that carries a fit.
 */
import { abscissaeOf } from './abscissa.ts';
import { fitPoints, searchOf } from './analyse.ts';
import { DEFAULT_NOISE_CV } from './candidates.ts';
import { findingsOnPoints, verdictOf } from './finding.ts';
import { mixesOf, splitRuns, subNodeRanks } from './group.ts';
import type { RuntimeCurve } from './moldable.ts';
import { runtimeCurve } from './moldable.ts';
import { type SpeedupRun, siftRuns } from './run.ts';

/** Undefined when the runs cannot carry one. They are of one program and one size. */
export function learnCurve(runs: readonly SpeedupRun[]): RuntimeCurve | undefined {
  const { used } = siftRuns(runs);
  const groups = mixesOf(used).length === 0 ? [used] : splitRuns(used);
  for (const group of [...groups].sort((a, b) => b.length - a.length)) {
    const curve = curveOf(group);
    if (curve) return curve;
  }
  return undefined;
}

function curveOf(group: readonly SpeedupRun[]): RuntimeCurve | undefined {
  const noiseCv = DEFAULT_NOISE_CV;
  const abscissae = abscissaeOf(group, { noiseCv });
  const before = findingsOnPoints(abscissae, { noiseCv, throttled: 0, weak: false });
  if (mixesOf(group).length > 0 || verdictOf(before) === 'refused') return undefined;
  const { set, findings } = fitPoints(abscissae, { noiseCv, subNode: subNodeRanks(group) });
  if (!set || verdictOf([...before, ...findings]) === 'refused') return undefined;
  return runtimeCurve(searchOf(set, abscissae), group.length);
}
