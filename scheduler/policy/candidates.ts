/**
 * Which of a long queue may start now, without looking at every job: the ready jobs are kept by
 * shape, and a shape that finds no room once finds none for the rest of the pass, since a pass
 * only takes capacity away. What comes out, and in which order, is what a look at each would give.
 */
import type { ClusterView } from '../model/cluster.ts';
import type { Demand } from '../model/demand.ts';
import { demandOf } from '../model/demand.ts';
import type { JobId } from '../model/ids.ts';
import type { Job } from '../model/job.ts';
import type { LookupView } from '../model/lookup.ts';
import type { QueueOrder } from './queueOrder.ts';
import { positionIn, queueOrder } from './queueOrder.ts';

export type Candidates = {
  /** The next ready job in queue order whose shape has room; each comes once. */
  next(): JobId | undefined;
};

/** The index as it would be if the job asked for something else. */
export function shapesWith(view: ClusterView, { id, request }: Job): LookupView['shapes'] {
  const asked = view.jobs.get(id)?.request;
  const demand = demandOf(request);
  const shapes = new Map(view.lookup.shapes);
  const before = asked && shapes.get(demandOf(asked).key);
  if (!before?.jobs.includes(id)) return shapes;
  const others = before.jobs.filter((other) => other !== id);
  shapes.set(before.demand.key, { demand: before.demand, jobs: others });
  const jobs = [...(shapes.get(demand.key)?.jobs ?? []), id].sort(queueOrder(view));
  return shapes.set(demand.key, { demand, jobs });
}

type Entry = { readonly demand: Demand; readonly jobs: readonly JobId[]; at: number; id: JobId };

/** The job `from` and those behind it in the queue. `hasRoom` must not come back to true within the pass. */
export function candidatesFrom(
  view: ClusterView,
  from: JobId,
  hasRoom: (demand: Demand) => boolean,
): Candidates {
  const order = queueOrder(view);
  const heap: Entry[] = [];
  for (const { demand, jobs } of view.lookup.shapes.values()) {
    const last = jobs.at(-1);
    if (last === undefined || order(last, from) < 0 || !hasRoom(demand)) continue;
    const at = positionIn(jobs, from, order);
    const id = jobs[at];
    if (id !== undefined) heap.push({ demand, jobs, at, id });
  }
  for (let at = heap.length >> 1; at >= 0; at -= 1) sink(heap, at, order);
  return { next: () => next(heap, hasRoom, order) };
}

function next(
  heap: Entry[],
  hasRoom: (demand: Demand) => boolean,
  order: QueueOrder,
): JobId | undefined {
  for (;;) {
    const first = heap[0];
    if (!first) return undefined;
    const found = hasRoom(first.demand) ? first.id : undefined;
    const following = found === undefined ? undefined : first.jobs[first.at + 1];
    if (following === undefined) {
      const last = heap.pop();
      if (last && last !== first) heap[0] = last;
    } else {
      first.at += 1;
      first.id = following;
    }
    sink(heap, 0, order);
    if (found !== undefined) return found;
  }
}

/** Restores the order of a binary heap below `at`. */
function sink(heap: Entry[], at: number, order: QueueOrder): void {
  const entry = heap[at];
  if (!entry) return;
  let hole = at;
  for (;;) {
    const left = heap[2 * hole + 1];
    const right = heap[2 * hole + 2];
    const least = left && right && order(right.id, left.id) < 0 ? right : left;
    if (!least || order(least.id, entry.id) > 0) break;
    heap[hole] = least;
    hole = 2 * hole + (least === left ? 1 : 2);
  }
  heap[hole] = entry;
}
