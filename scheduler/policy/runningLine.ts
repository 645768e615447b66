/** What a node has free over time without any reservation: what its running parts leave, and give back. */
import type { ClusterView } from '../model/cluster.ts';
import type { Countable } from '../model/request.ts';
import type { TimeMs } from '../model/time.ts';
import { endOf } from './ends.ts';
import type { NodeLine } from './nodeLine.ts';
import { addToLine, countOf } from './nodeLine.ts';
import type { PoolNode } from './pool.ts';
import { partEndMs } from './releases.ts';

export function runningLine(
  view: ClusterView,
  atMs: TimeMs,
  { node, gres }: { readonly node: PoolNode; readonly gres: readonly Countable[] },
): NodeLine {
  const holding = view.lookup.holdings.get(node.name);
  const free = [holding?.freeCores.length ?? 0, holding?.freeMemoryBytes ?? 0];
  const left = gres.map(({ count }) => count);
  const back: { readonly fromMs: number; readonly amounts: Parameters<typeof addToLine>[2] }[] = [];
  let nextEndMs = Infinity;
  for (const { job: id, part: index } of holding?.parts.values() ?? []) {
    const job = view.jobs.get(id);
    if (job?.state.kind !== 'active') continue;
    const part = job.state.attempt.parts[index];
    if (!part) continue;
    const counts = gres.map(({ name }) => countOf(job.request.gres, name) ?? 0);
    for (const [at, count] of counts.entries()) left[at] = (left[at] ?? 0) - count;
    nextEndMs = Math.min(nextEndMs, endOf(job, part));
    const fromMs = partEndMs(job, part, atMs);
    const amounts = { cores: part.cores.length, memoryBytes: part.memoryBytes, gres: counts };
    if (fromMs !== Infinity) back.push({ fromMs, amounts });
  }
  const width = 2 + gres.length;
  const line = {
    times: [atMs as number],
    free: [...free, ...left],
    width,
    holds: [],
    ranks: [],
    nextEndMs,
  };
  for (const { fromMs, amounts } of back) addToLine(line, { fromMs, toMs: Infinity }, amounts);
  const fullUntilMs = freeFrom(line, 1);
  return { ...line, fullUntilMs, inUseUntilMs: freeFrom(line, node.coreCount) };
}

/** When so many cores are free at first; what runs only gives back. */
function freeFrom(
  { times, free, width }: Pick<NodeLine, 'times' | 'free' | 'width'>,
  cores: number,
): number {
  let step = 0;
  while (step < times.length && (free[step * width] as number) < cores) step += 1;
  return step === 0 ? -Infinity : (times[step] ?? Infinity);
}
