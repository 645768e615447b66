/**
 * A slow node is not a serial fraction (docs/speedup.md 1.2). For every rank of every run: its useful seconds
 * over the median of the same rank's in the other runs of the same rank count; a node whose median ratio
 * is above 1.1 did the same work more than 10 % slower.
 */
import { median } from '../numeric/median.ts';
import type { SpeedupRun } from './run.ts';

export type NodeHealth = {
  readonly node: string;
  /** Median of useful seconds here over those of the same rank elsewhere. */
  readonly ratio: number;
  readonly observations: number;
};

const SLOW = 1.1;
const LEAST_OBSERVATIONS = 2;

/** The slow nodes, worst first. Needs `useful` and `nodeOfRank`, and ranks that ran on other nodes too. */
export function slowNodes(runs: readonly SpeedupRun[]): readonly NodeHealth[] {
  const byRanks = new Map<number, SpeedupRun[]>();
  for (const run of runs) {
    const { ranks, useful, nodeOfRank } = run;
    if (useful?.length !== ranks || nodeOfRank?.length !== ranks) continue;
    byRanks.set(ranks, [...(byRanks.get(ranks) ?? []), run]);
  }
  const ratios = new Map<string, number[]>();
  for (const [ranks, group] of byRanks) {
    for (let rank = 0; rank < ranks; rank++) collectRank(group, rank, ratios);
  }
  return [...ratios]
    .filter(([, values]) => values.length >= LEAST_OBSERVATIONS)
    .map(([node, values]) => ({ node, ratio: median(values), observations: values.length }))
    .filter(({ ratio }) => ratio > SLOW)
    .sort((a, b) => b.ratio - a.ratio || (a.node < b.node ? -1 : 1));
}

/** The ratio of one rank in every run to the median of the same rank on other nodes. */
function collectRank(
  runs: readonly SpeedupRun[],
  rank: number,
  ratios: Map<string, number[]>,
): void {
  const seen = runs.map(({ useful, nodeOfRank }) => ({
    node: nodeOfRank?.[rank] ?? '',
    seconds: useful?.[rank] ?? 0,
  }));
  for (const { node, seconds } of seen) {
    const elsewhere = seen.filter((other) => other.node !== node).map((other) => other.seconds);
    if (elsewhere.length === 0) continue;
    const usual = median(elsewhere);
    if (usual > 0) ratios.set(node, [...(ratios.get(node) ?? []), seconds / usual]);
  }
}

/** How often each node throttled in the runs, most often first. */
export function throttledNodes(
  runs: readonly SpeedupRun[],
): readonly { readonly node: string; readonly runs: number }[] {
  const counts = new Map<string, number>();
  for (const run of runs) {
    for (const node of new Set(run.throttledNodes ?? [])) {
      counts.set(node, (counts.get(node) ?? 0) + 1);
    }
  }
  return [...counts]
    .map(([node, count]) => ({ node, runs: count }))
    .sort((a, b) => b.runs - a.runs || (a.node < b.node ? -1 : 1));
}
