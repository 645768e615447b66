/** When running parts are over by their time limits, all of the cluster, kept in order. */
import type { Job } from '../model/job.ts';
import { timeLimitOf } from '../model/job.ts';
import type { Ends } from '../model/lookup.ts';
import type { Part } from '../model/part.ts';
import { positionOf } from './queueOrder.ts';

/**
 * When the part of an active job is over at the latest, be it in the past; Infinity without a limit,
 * and while the job is suspended, since nobody knows for how long.
 */
export function endOf(job: Job, part: Part): number {
  const limitMs = timeLimitOf(job);
  if (job.state.kind !== 'active' || limitMs === 0) return Infinity;
  const { suspension, suspendedMs = 0, startedMs } = job.state.attempt;
  if (suspension) return Infinity;
  return (part.state.kind === 'running' ? part.state.startedMs : startedMs) + suspendedMs + limitMs;
}

/** So many cores more (or fewer) are given back at that moment; never is not kept. */
export function changeEnds({ timesMs, cores }: Ends, atMs: number, delta: number): void {
  if (atMs === Infinity) return;
  const at = positionOf(timesMs, atMs);
  if (timesMs[at] !== atMs) {
    timesMs.splice(at, 0, atMs);
    cores.splice(at, 0, delta);
    return;
  }
  const left = (cores[at] ?? 0) + delta;
  if (left !== 0) cores[at] = left;
  else {
    timesMs.splice(at, 1);
    cores.splice(at, 1);
  }
}
