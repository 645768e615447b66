/** What a pass has found becomes a plan: starts, promises, and why the first one waits. */
import { demandOf } from '../model/demand.ts';
import type { JobId } from '../model/ids.ts';
import type { Job } from '../model/job.ts';
import type { BookedShare } from '../model/lookup.ts';
import type { Share } from './availability.ts';
import { blockingReason } from './blocking.ts';
import type { Lanes } from './lanes.ts';
import { withChoice } from './molding.ts';
import type { Pass } from './pass.ts';
import { MOST_GAINS, remember } from './passMemory.ts';
import type { Plan } from './plan.ts';
import type { PoolNode } from './pool.ts';
import { reasonsBehind } from './reason.ts';

export function finish(pass: Pass, { queue, publishes }: Lanes): Plan {
  const { view, at, placements, reasons, starts, spots, choices, unfinished } = pass;
  const first = firstWaiting(pass, queue);
  if (first) {
    const limited = new Set(reasons.map(({ job }) => job));
    const behind = reasonsBehind(view, first.id).filter(({ job }) => !limited.has(job));
    const left = { atMs: at.atMs, pool: at.pool, licenses: at.licenses };
    const waiting = withChoice(first, choices.get(first.id));
    const { durationMs } = demandOf(waiting.request);
    const fromMs = starts.get(first.id);
    if (fromMs !== undefined) {
      // What it was promised itself is not in its way.
      at.licenses.change(demandOf(waiting.request), { fromMs, toMs: fromMs + durationMs }, 1);
    }
    const reason = blockingReason(view, waiting, left);
    reasons.push({ job: first.id, reason }, ...behind);
  }
  if (!publishes) return { placements, reasons, unfinished };
  const bookings = new Map<JobId, readonly BookedShare[]>();
  for (const [id, spot] of spots) {
    const booked = spot.booked ?? spot.shares?.map(bookedShare);
    if (!booked) continue;
    bookings.set(id, booked);
    spots.set(id, { ...spot, booked });
  }
  rememberPass(pass);
  return {
    placements,
    reasons,
    starts,
    ...(bookings.size > 0 && { bookings }),
    ...(choices.size > 0 && { choices }),
    unfinished,
  };
}

const bookedShare = ({ node, ranks }: Share): BookedShare => ({ node: node.name, ranks });

/** For the next pass, unless there are reservations on nodes that nobody answers for. */
function rememberPass({ at, starts, spots, tried, unmet, remembers, ...pass }: Pass): void {
  if (!remembers || unmet.size > 0) return;
  const started = new Set<PoolNode>();
  for (const { parts } of pass.placements) {
    for (const { node: name } of parts) {
      const node = at.pool.byName.get(name);
      if (node) started.add(node);
    }
  }
  const { gains, ...times } = at.nodeTimes.leave();
  const tooMany = Math.max(0, gains.length - MOST_GAINS);
  remember(starts, {
    nodes: at.pool.nodes,
    ...times,
    spots,
    tried: new Map([...tried].filter(([id]) => spots.has(id))),
    gains: gains.slice(tooMany),
    forgotten: pass.forgotten + tooMany,
    started,
  });
}

/** The first of the queue that waits for room, whole or with some of its tasks. */
function firstWaiting(pass: Pass, queue: readonly JobId[]): Job | undefined {
  const placed = new Map<JobId, number>();
  for (const { job } of pass.placements) placed.set(job, (placed.get(job) ?? 0) + 1);
  const limited = new Set(pass.reasons.map(({ job }) => job));
  for (const id of queue) {
    const job = pass.view.jobs.get(id);
    const started = placed.get(id) ?? 0;
    if (job && started < Math.max(1, job.pendingTasks.length) && !limited.has(id)) return job;
  }
  return undefined;
}
