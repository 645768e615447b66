/** What a pass has found becomes a plan: starts, promises, and why the first one waits. */
import type { JobId } from '../model/ids.ts';
import type { Job } from '../model/job.ts';
import type { BookedShare } from '../model/lookup.ts';
import { blockingReason } from './blocking.ts';
import type { Lanes } from './lanes.ts';
import { withChoice } from './molding.ts';
import type { Pass } from './pass.ts';
import type { Plan } from './plan.ts';
import { reasonsBehind } from './reason.ts';

export function finish(pass: Pass, { queue, publishes }: Lanes): Plan {
  const { view, at, placements, reasons, starts, spots, choices, unfinished } = pass;
  const first = firstWaiting(pass, queue);
  if (first) {
    const limited = new Set(reasons.map(({ job }) => job));
    const behind = reasonsBehind(view, first.id).filter(({ job }) => !limited.has(job));
    const left = { atMs: at.atMs, nodes: at.pool.nodes, licenses: at.licenses, placements };
    const reason = blockingReason(view, withChoice(first, choices.get(first.id)), left);
    reasons.push({ job: first.id, reason }, ...behind);
  }
  if (!publishes) return { placements, reasons, unfinished };
  const bookings = new Map<JobId, readonly BookedShare[]>();
  for (const [id, { shares }] of spots) {
    if (shares)
      bookings.set(
        id,
        shares.map(({ node, ranks }) => ({ node: node.name, ranks })),
      );
  }
  return {
    placements,
    reasons,
    starts,
    ...(bookings.size > 0 && { bookings }),
    ...(choices.size > 0 && { choices }),
    unfinished,
  };
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
