/**
 * A pile of runs to analyses: one when they belong together, else one per group that does. The pile as a
 * whole is then refused with what it mixes, so that nobody takes one of the groups for the answer.
 */
import { type AnalyseOptions, analyseSpeedup, type SpeedupAnalysis } from './analyse.ts';
import { isMix } from './finding.ts';
import { splitRuns } from './group.ts';
import type { SpeedupRun } from './run.ts';

export type GroupedAnalysis = {
  /** Of all runs together; refused with MIXED_ codes when they do not belong together. */
  readonly whole: SpeedupAnalysis;
  /** The same analysis when nothing mixes; else one per group, the largest group first. */
  readonly groups: readonly SpeedupAnalysis[];
};

export function analyseGroups(
  runs: readonly SpeedupRun[],
  options: AnalyseOptions,
): GroupedAnalysis {
  const whole = analyseSpeedup(runs, options);
  if (!whole.findings.some(isMix)) return { whole, groups: [whole] };
  const groups = splitRuns(whole.usedRuns)
    .map((group) => analyseSpeedup(group, options))
    .sort((a, b) => b.usedRuns.length - a.usedRuns.length);
  return { whole, groups };
}
