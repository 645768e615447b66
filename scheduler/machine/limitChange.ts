/** Another time limit for a job that runs: its owner may lower it, an operator also raise it. */
import type { ClusterView } from '../model/cluster.ts';
import type { Principal } from '../model/input.ts';
import type { Job } from '../model/job.ts';
import { timeLimitOf } from '../model/job.ts';
import type { Refusal } from '../model/refusal.ts';
import type { TimeMs } from '../model/time.ts';
import { partEndMs } from '../policy/releases.ts';
import { windowsOf } from '../policy/withdrawals.ts';

const orNone = (limitMs: number): number => limitMs || Infinity;

/** In ms, 0: none. Undefined when it may be. */
export function refuseLimit(
  view: ClusterView,
  job: Job,
  asked: { readonly timeLimitMs: number; readonly by: Principal; readonly atMs: TimeMs },
): Refusal | undefined {
  const { timeLimitMs, by, atMs } = asked;
  const currentMs = timeLimitOf(job);
  if (orNone(timeLimitMs) <= orNone(currentMs)) return undefined;
  if (by.role === 'user') return { code: 'limitOnlyLowered', job: job.id, timeLimitMs, currentMs };
  return reservationInTheWay(view, withLimit(job, timeLimitMs), atMs);
}

function withLimit(job: Job, limitMs: number): Job {
  if (job.state.kind !== 'active') return job;
  return { ...job, state: { ...job.state, attempt: { ...job.state.attempt, limitMs } } };
}

/** Nodes that others have reserved are theirs when their window opens; one's own are so until it closes. */
function reservationInTheWay(view: ClusterView, job: Job, atMs: TimeMs): Refusal | undefined {
  if (job.state.kind !== 'active') return undefined;
  for (const part of job.state.attempt.parts) {
    if (part.state.kind === 'ended') continue;
    const endMs = partEndMs(job, part, atMs);
    for (const { name, nodes, ...one } of view.reservations.values()) {
      if (!nodes.includes(part.node)) continue;
      const windows = windowsOf({ name, nodes, ...one }, atMs);
      const own = job.request.reservation === name;
      const bound = own
        ? windows.find(({ fromMs, toMs }) => fromMs <= atMs && toMs < endMs)?.toMs
        : windows.find(({ fromMs }) => fromMs > atMs && fromMs < endMs)?.fromMs;
      if (bound === undefined) continue;
      return { code: 'limitMeetsReservation', job: job.id, reservation: name, boundMs: bound };
    }
  }
  return undefined;
}
