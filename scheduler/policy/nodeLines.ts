/**
 * The lines of all nodes, for one pass. A line is made when first asked for, and copied before its
 * first change when it is one that an earlier pass has left.
 */
import type { ClusterView } from '../model/cluster.ts';
import type { TimeMs } from '../model/time.ts';
import { BusyNodes } from './busyNodes.ts';
import type { NodeLine } from './nodeLine.ts';
import { changeLine, copyLine, gainedTime } from './nodeLine.ts';
import type { Gain, Left } from './nodeTimes.ts';
import { membersOf } from './nodeSet.ts';
import type { Pool, PoolNode } from './pool.ts';
import { runningLine } from './runningLine.ts';

export type NodeLines = {
  /** By the places of nodes in the pool. */
  readonly lines: readonly (NodeLine | undefined)[];
  of(node: PoolNode): NodeLine;
  /** To be changed by this pass; what was known of it is no longer so. */
  writable(node: PoolNode): NodeLine;
  /** Until when nodes are full, or for those that want to be alone in use, by what runs. */
  busy(): Busy;
};

export type Busy = { readonly shared: BusyNodes; readonly alone: BusyNodes };

/** `gains` learns what has become free since the lines were left. */
export function createNodeLines(
  view: ClusterView,
  atMs: TimeMs,
  {
    pool,
    left,
    gains,
    forget,
  }: {
    readonly pool: Pool;
    readonly left: Left | undefined;
    readonly gains: Gain[];
    forget(index: number): void;
  },
): NodeLines {
  const { nodes } = pool;
  const lines: (NodeLine | undefined)[] = left?.lines.slice() ?? [];
  /** Lines that this pass has made or copied. */
  const ours = new Uint8Array(nodes.length);
  const renewed: PoolNode[] = [];
  const put = (node: PoolNode, line: NodeLine): NodeLine => {
    lines[node.index] = line;
    ours[node.index] = 1;
    forget(node.index);
    return line;
  };
  const fresh = (node: PoolNode): NodeLine =>
    runningLine(view, atMs, { node, gres: pool.gres(node) });
  const of = (node: PoolNode): NodeLine => lines[node.index] ?? put(node, fresh(node));
  const renew = (node: PoolNode): void => {
    const old = lines[node.index];
    if (!old || ours[node.index] === 1) return;
    const line = fresh(node);
    for (const [at, hold] of old.holds.entries()) {
      const ranks = old.ranks[at] ?? 0;
      line.holds.push(hold);
      line.ranks.push(ranks);
      changeLine(line, node, { hold, ranks, sign: -1 });
    }
    put(node, line);
    renewed.push(node);
    const gained = gainedTime(old, line, atMs);
    if (gained) gains.push({ nodes: membersOf(nodes.length, [node.index]), ...gained });
  };
  for (const node of left?.changed ?? []) renew(node);
  for (let index = 0; index < lines.length; index += 1) {
    const node = (lines[index]?.nextEndMs ?? Infinity) <= atMs ? nodes[index] : undefined;
    if (node) renew(node);
  }
  let busy = left?.busy && {
    shared: left.busy.shared.with(endsOf(renewed, (node) => of(node).fullUntilMs)),
    alone: left.busy.alone.with(endsOf(renewed, (node) => of(node).inUseUntilMs)),
  };
  return {
    lines,
    of,
    writable: (node) => {
      const line = of(node);
      return put(node, ours[node.index] === 1 ? line : copyLine(line, atMs));
    },
    busy: () => {
      busy ??= {
        shared: BusyNodes.from(Float64Array.from(nodes, (node) => of(node).fullUntilMs)),
        alone: BusyNodes.from(Float64Array.from(nodes, (node) => of(node).inUseUntilMs)),
      };
      return busy;
    },
  };
}

const endsOf = (
  nodes: readonly PoolNode[],
  untilMs: (node: PoolNode) => number,
): ReadonlyMap<number, number> => new Map(nodes.map((node) => [node.index, untilMs(node)]));
