/** The ready jobs in queue order, all of them and by shape; used by lookup.ts. */
import type { Cluster } from '../model/cluster.ts';
import { demandOf } from '../model/demand.ts';
import type { JobId } from '../model/ids.ts';
import type { Job } from '../model/job.ts';
import type { QueueOrder } from '../policy/queueOrder.ts';
import { isOrdered, positionIn, queueOrder } from '../policy/queueOrder.ts';
import { ensure } from './invariantError.ts';

/** `job` is stored already. */
export function enterQueue(cluster: Cluster, job: Job): void {
  const { ready, shapes, particular, unseen } = cluster.lookup;
  const order = queueOrder(cluster);
  insert(ready, job.id, order);
  const demand = demandOf(job.request);
  const shape = shapes.get(demand.key) ?? { demand, jobs: [] };
  if (shape.jobs.length === 0) shapes.set(demand.key, shape);
  insert(shape.jobs, job.id, order);
  if (!demand.plain) particular.add(job.id);
  unseen.add(job.id);
}

/** `job` is still stored as it was when it entered. Errors: InvariantError when it did not. */
export function leaveQueue(cluster: Cluster, job: Job): void {
  const { ready, shapes, particular, unseen } = cluster.lookup;
  const order = queueOrder(cluster);
  remove(ready, job.id, order);
  const { key } = demandOf(job.request);
  const jobs = shapes.get(key)?.jobs ?? [];
  remove(jobs, job.id, order);
  if (jobs.length === 0) shapes.delete(key);
  particular.delete(job.id);
  unseen.delete(job.id);
}

/** Sorts the lists after priorities or tiers have changed; whether that changed the order. */
export function reorderQueue(cluster: Cluster): boolean {
  const { ready, shapes } = cluster.lookup;
  const order = queueOrder(cluster);
  if (isOrdered(ready, order)) return false;
  ready.sort(order);
  for (const { jobs } of shapes.values()) if (!isOrdered(jobs, order)) jobs.sort(order);
  return true;
}

function insert(ids: JobId[], id: JobId, order: QueueOrder): void {
  ids.splice(positionIn(ids, id, order), 0, id);
}

function remove(ids: JobId[], id: JobId, order: QueueOrder): void {
  const at = positionIn(ids, id, order);
  ensure(ids[at] === id, `job ${id} is not in the queue`);
  ids.splice(at, 1);
}
