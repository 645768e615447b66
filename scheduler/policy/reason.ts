/** Why a job waits, with the numbers that a user can check. */
import type { ClusterView } from '../model/cluster.ts';
import type { JobId } from '../model/ids.ts';
import { jobId } from '../model/ids.ts';
import { isExcess } from '../model/limit.ts';
import type { PendingReason } from '../model/reason.ts';
import type { Limiter } from './limiter.ts';
import type { QueueOrder } from './queueOrder.ts';
import { positionIn, queueOrder } from './queueOrder.ts';

/** What a user is told now: as recorded, with today's numbers and place in the queue. */
export function pendingReason(
  view: ClusterView,
  id: JobId,
  limiter: Limiter,
): PendingReason | undefined {
  const job = view.jobs.get(id);
  if (job?.state.kind !== 'pending') return undefined;
  const { reason } = job.state;
  if (reason.kind === 'Priority') return priorityReason(view, id, jobId(reason.first));
  if (!isLimit(reason)) return reason;
  const [first = id] = view.lookup.ready;
  return limiter.limited(job) ?? priorityReason(view, id, first);
}

const LACKS: ReadonlySet<PendingReason['kind']> = new Set([
  'Resources',
  'ReqNodeNotAvail',
  'BadConstraints',
  'Licenses',
  'Reservation',
]);
/** It waits for room: those behind it wait for it. */
export const isLack = ({ kind }: PendingReason): boolean => LACKS.has(kind);

const isLimit = (reason: PendingReason): boolean => 'partition' in reason || isExcess(reason);

/** Numbers that change with every start are told anew when asked for. */
export const sameReason = (a: PendingReason, b: PendingReason): boolean =>
  a.kind === b.kind && (isLimit(a) || JSON.stringify(a) === JSON.stringify(b));

/** Waits behind others; `first` names the job at the head. */
export function priorityReason(
  view: ClusterView,
  id: JobId,
  first: JobId,
  order: QueueOrder = queueOrder(view),
): PendingReason {
  const { ready } = view.lookup;
  const ahead = positionIn(ready, id, order);
  const head = ready[positionIn(ready, first, order)];
  return { kind: 'Priority', ahead, first: head ?? first };
}

/** The jobs behind `first` that no pass has looked at yet, and why they wait. */
export function reasonsBehind(
  view: ClusterView,
  first: JobId,
): { readonly job: JobId; readonly reason: PendingReason }[] {
  const order = queueOrder(view);
  const behind = [...view.lookup.unseen].filter((id) => order(id, first) > 0);
  return behind.map((job) => ({ job, reason: priorityReason(view, job, first, order) }));
}
