/**
 * What a pass need not find out again: the lines of all nodes with the reservations on them, and
 * which reservation was looked at when. A memory, never a truth: without it a pass comes to the
 * same plan, only later. It belongs to the starts that were promised then, and to the nodes as
 * they were laid out.
 */
import type { ClusterView } from '../model/cluster.ts';
import type { JobId } from '../model/ids.ts';
import type { TimeMs } from '../model/time.ts';
import type { Spot } from './availability.ts';
import type { Left } from './nodeTimes.ts';
import type { PoolNode } from './pool.ts';

export type PassMemory = Omit<Left, 'changed'> & {
  readonly nodes: readonly PoolNode[];
  readonly spots: ReadonlyMap<JobId, Spot>;
  /** Reservations that could not be held earlier, as of so many gains. */
  readonly tried: ReadonlyMap<JobId, number>;
  /** What became free since the oldest that has been tried, and how many were forgotten before. */
  readonly gains: Left['gains'];
  readonly forgotten: number;
  /** Nodes on which jobs were started. */
  readonly started: ReadonlySet<PoolNode>;
};

const memories = new WeakMap<ReadonlyMap<JobId, TimeMs>, PassMemory>();

export const remember = (starts: ReadonlyMap<JobId, TimeMs>, memory: PassMemory): void =>
  void memories.set(starts, memory);

/** Undefined when the last pass was of another kind, or of other nodes. */
export function recall(
  { lookup }: ClusterView,
  nodes: readonly PoolNode[],
): PassMemory | undefined {
  const memory = memories.get(lookup.planned.starts);
  return memory?.nodes === nodes ? memory : undefined;
}

/** More are not looked through: then whatever was tried before is tried again. */
export const MOST_GAINS = 4_000;
