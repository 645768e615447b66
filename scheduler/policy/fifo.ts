/**
 * Strict first come, first served: jobs start in queue order, and the first that does not
 * fit holds up all behind it. Tasks of an array that is at its `%` limit are passed over.
 */
import type { ClusterView } from '../model/cluster.ts';
import type { JobId } from '../model/ids.ts';
import type { Job } from '../model/job.ts';
import type { PendingReason } from '../model/reason.ts';
import type { TimeMs } from '../model/time.ts';
import type { FreeNode } from './placement.ts';
import { freeNodes, placeRanks } from './placement.ts';
import type { Placement, Plan } from './plan.ts';
import { blockingReason, priorityReason } from './reason.ts';
import { arrayOf, throttled } from './throttle.ts';

/** A pass starts at most this many jobs; the rest start in the pass that follows at once. */
const PASS_LIMIT = 256;

export function planFifo(view: ClusterView, _atMs: TimeMs): Plan {
  const placements: Placement[] = [];
  const reasons: { job: JobId; reason: PendingReason }[] = [];
  const started = new Map<JobId, number>();
  const nodes = view.lookup.ready.length > 0 ? freeNodes(view) : [];
  for (const id of view.lookup.ready) {
    const job = view.jobs.get(id);
    if (!job) continue;
    const stop = placeTasks(view, job, { nodes, placements, started });
    if (stop === 'bound') return { placements, reasons, unfinished: true };
    if (stop === undefined) continue;
    reasons.push({ job: id, reason: stop });
    if (stop.kind === 'JobArrayTaskLimit') continue;
    for (const unseen of view.lookup.unseen) {
      if (unseen > id) reasons.push({ job: unseen, reason: priorityReason(view, unseen, id) });
    }
    break;
  }
  return { placements, reasons, unfinished: false };
}

type Pass = {
  readonly nodes: readonly FreeNode[];
  readonly placements: Placement[];
  /** Tasks started in this pass, by array. */
  readonly started: Map<JobId, number>;
};

/** Places the job, or the tasks of an array one by one; says what stopped it, if anything. */
function placeTasks(view: ClusterView, job: Job, pass: Pass): PendingReason | 'bound' | undefined {
  const tasks = Math.max(1, job.pendingTasks.length);
  for (let task = 0; task < tasks; task += 1) {
    const full = throttled(view, job, pass.started);
    if (full) return full;
    if (pass.placements.length === PASS_LIMIT) return 'bound';
    const parts = placeRanks(job.request, pass.nodes);
    if (!parts) return blockingReason(view, job.request, pass.nodes);
    pass.placements.push({ job: job.id, parts });
    const array = arrayOf(job);
    if (array !== undefined) pass.started.set(array, (pass.started.get(array) ?? 0) + 1);
  }
  return undefined;
}
