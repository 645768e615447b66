/** How the count of free cores will change: what the running jobs give back, by their time limits. */
import type { ClusterView } from '../model/cluster.ts';
import type { NodeName } from '../model/ids.ts';
import type { Job } from '../model/job.ts';
import type { Ends, EndsView } from '../model/lookup.ts';
import type { Part } from '../model/part.ts';
import { MINUTE_MS } from '../model/time.ts';
import type { TimeMs } from '../model/time.ts';
import { endOf } from './ends.ts';
import { positionOf } from './queueOrder.ts';

export type CountChange = { readonly atMs: number; readonly cores: number };

/**
 * All changes after `atMs`, in order. Parts on nodes that take no work (`absent`) give nothing back;
 * `more` is added (negative: taken).
 */
export function releases(
  { jobs, lookup }: ClusterView,
  atMs: TimeMs,
  { absent, more }: { readonly absent: readonly NodeName[]; readonly more: readonly CountChange[] },
): EndsView {
  const { ends, holdings } = lookup;
  const others = [...more];
  for (const name of absent) {
    for (const { job: id, part: index } of holdings.get(name)?.parts.values() ?? []) {
      const job = jobs.get(id);
      const part = job?.state.kind === 'active' ? job.state.attempt.parts[index] : undefined;
      if (job && part) others.push({ atMs: partEndMs(job, part, atMs), cores: -part.cores.length });
    }
  }
  const due = positionOf(ends.timesMs, atMs + 1);
  for (const cores of ends.cores.slice(0, due)) others.push({ atMs: atMs + MINUTE_MS, cores });
  return merged(
    ends,
    due,
    others.filter((one) => one.atMs !== Infinity),
  );
}

/** The ends from that position on and the others; times may come twice. */
function merged(ends: EndsView, from: number, others: CountChange[]): Ends {
  others.sort((a, b) => a.atMs - b.atMs);
  const timesMs: number[] = [];
  const cores: number[] = [];
  let done = from;
  for (const other of others) {
    for (; (ends.timesMs[done] ?? Infinity) <= other.atMs; done += 1) {
      timesMs.push(ends.timesMs[done] ?? 0);
      cores.push(ends.cores[done] ?? 0);
    }
    timesMs.push(other.atMs);
    cores.push(other.cores);
  }
  for (; done < ends.timesMs.length; done += 1) {
    timesMs.push(ends.timesMs[done] ?? 0);
    cores.push(ends.cores[done] ?? 0);
  }
  return { timesMs, cores };
}

/** When the part of an active job is over at the latest; one beyond its limit is taken to end in a minute. */
export function partEndMs(job: Job, part: Part, atMs: TimeMs): number {
  const endMs = endOf(job, part);
  return endMs > atMs ? endMs : atMs + MINUTE_MS;
}
