/**
 * Splits the machine's cores and memory between the nodes of a private cluster. Contract: cores
 * are dealt out once; only when nodes want more than there are do they share, round robin.
 */
import type { PlannedNode } from './clusterHome.ts';

export type MachineShape = { readonly cores: readonly number[]; readonly memoryBytes: number };

/** Of the machine's memory, what jobs may use; the rest is for the system and for us. */
const JOB_MEMORY_SHARE = 0.8;
const MIB = 1024 * 1024;

export function shareMachine(
  machine: MachineShape,
  wish: { readonly nodes: number; readonly coresPerNode: number | undefined },
): readonly PlannedNode[] {
  const { cores } = machine;
  const { nodes } = wish;
  const memoryBytes = Math.floor((machine.memoryBytes * JOB_MEMORY_SHARE) / nodes / MIB) * MIB;
  const planned: PlannedNode[] = [];
  let next = 0;
  for (let node = 0; node < nodes; node += 1) {
    // 5 cores over 2 nodes: 3 and 2.
    const fair = Math.floor(cores.length / nodes) + (node < cores.length % nodes ? 1 : 0);
    const count = Math.min(wish.coresPerNode ?? Math.max(1, fair), cores.length);
    const own = Array.from({ length: count }, (_, index) => cores[(next + index) % cores.length]);
    next += count;
    const sorted = own.filter((core) => core !== undefined).sort((a, b) => a - b);
    planned.push({ name: `node${node + 1}`, cores: sorted, memoryBytes });
  }
  return planned;
}

/** Whether any core belongs to two nodes. */
export function coresAreShared(nodes: readonly PlannedNode[]): boolean {
  const all = nodes.flatMap(({ cores }) => cores);
  return new Set(all).size < all.length;
}
