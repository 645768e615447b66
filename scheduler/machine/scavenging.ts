/** Scavenged jobs leave a node as soon as a report says that others want it. */
import type { NodeName } from '../model/ids.ts';
import { scavengedVictim } from '../policy/preemption.ts';
import { isQuiet } from '../policy/quiet.ts';
import { beginEnding } from './attempt.ts';
import { existing } from './invariantError.ts';
import type { Turn } from './turn.ts';

export function yieldNode(turn: Turn, name: NodeName): void {
  const { view, atMs } = turn;
  const partitions = view.settings.partitions.filter(({ scavenger }) => scavenger);
  if (partitions.length === 0) return;
  const node = existing(view.nodes.get(name), `node ${name}`);
  const holding = existing(view.lookup.holdings.get(name), `node ${name}`);
  if (isQuiet(node, holding)) return;
  for (const id of new Set([...holding.parts.values()].map(({ job }) => job))) {
    const job = existing(view.jobs.get(id), `job ${id}`);
    const partition = partitions.find((one) => one.name === job.request.partition);
    if (!partition) continue;
    const { mode, graceMs } = scavengedVictim(partition, job);
    const grace = graceMs === undefined ? {} : { graceMs };
    beginEnding(turn, id, { kind: 'preempted', by: undefined, mode, ...grace, atMs });
  }
}
