/** How many ranks of a demand fit on a node all through a window. */
import type { Demand } from '../model/demand.ts';
import type { NodeLine } from './nodeLine.ts';
import { countOf } from './nodeLine.ts';
import type { PoolNode } from './pool.ts';

/**
 * What is asked of one node after another, and what was found on the last of them. One object serves
 * a whole look at all nodes, since there are tens of thousands of such questions in a pass.
 */
export type Fitting = {
  readonly demand: Demand;
  fromMs: number;
  toMs: number;
  /** Ranks of the one that asks, held from `ownFromMs` on: free to itself. */
  ownRanks: number;
  ownFromMs: number;
  /** Found: so many fit, and no window that begins before `untilMs`, and later, has more. */
  ranks: number;
  untilMs: number;
  /** Where the least was found. */
  step: number;
};

export const fittingOf = (demand: Demand): Fitting => ({
  demand,
  fromMs: 0,
  toMs: 0,
  ownRanks: 0,
  ownFromMs: 0,
  ranks: 0,
  untilMs: 0,
  step: 0,
});

/**
 * Answers in `ranks` and `untilMs`. Steps are looked through from the last: what is full is mostly
 * so up to the last reservation. Returns the last step, from which the next search may begin.
 */
export function fit(fitting: Fitting, line: NodeLine, node: PoolNode, hint: number): number {
  const { times, free, width } = line;
  const { fromMs, toMs, ownRanks, ownFromMs } = fitting;
  const { request } = fitting.demand;
  const { coresPerRank, memoryPerRankBytes, exclusive, ranksPerNode = Infinity } = request;
  const asksGres = width > 2 && request.gres !== undefined;
  const last = lastBefore(times, toMs, hint);
  let least = Infinity;
  let untilMs = Infinity;
  for (let step = last; step >= 0; step -= 1) {
    const startMs = times[step] as number;
    const mine = ownRanks > 0 && startMs >= ownFromMs;
    let cores = free[step * width] as number;
    if (mine) cores += ownRanks * coresPerRank;
    let ranks = coresPerRank === 1 ? cores : Math.floor(cores / coresPerRank);
    if (exclusive && cores < node.coreCount) ranks = 0;
    if (ranks > 0 && memoryPerRankBytes > 0) {
      let bytes = free[step * width + 1] as number;
      if (mine) bytes += ownRanks * memoryPerRankBytes;
      if (bytes < ranks * memoryPerRankBytes) ranks = Math.floor(bytes / memoryPerRankBytes);
    }
    if (ranks > ranksPerNode) ranks = ranksPerNode;
    if (asksGres && !mine && ranks > 0 && !hasGres(line, step * width, node, fitting.demand))
      ranks = 0;
    if (ranks < least) {
      least = ranks;
      fitting.step = step;
      untilMs = step + 1 < times.length ? (times[step + 1] as number) : Infinity;
      if (ranks <= 0) break;
    }
    if (startMs <= fromMs) break;
  }
  fitting.ranks = least > 0 ? least : 0;
  fitting.untilMs = untilMs;
  return last;
}

function hasGres(line: NodeLine, at: number, node: PoolNode, { request }: Demand): boolean {
  return node.traits.gres.every(
    ({ name }, other) => (line.free[at + 2 + other] ?? 0) >= (countOf(request.gres, name) ?? 0),
  );
}

/** The last step that begins before the moment; the search begins at the hint. */
function lastBefore(times: readonly number[], toMs: number, hint: number): number {
  let low = 0;
  let high = times.length - 1;
  if (hint <= high && (times[hint] as number) < toMs) {
    low = hint;
    if (hint === high || (times[hint + 1] as number) >= toMs) return hint;
  } else if (hint <= high) {
    high = hint - 1;
    if (high >= 0 && (times[high] as number) < toMs) return high;
  }
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((times[middle] as number) < toMs) low = middle;
    else high = middle - 1;
  }
  return low;
}
