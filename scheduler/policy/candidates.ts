/**
 * Which of a long queue may start now, without looking at every job: the ready jobs are kept by
 * shape, and a shape that finds no room once finds none for the rest of the pass, since a pass
 * only takes capacity away. What comes out, and in which order, is what a look at each would give.
 */
import type { ClusterView } from '../model/cluster.ts';
import type { JobId } from '../model/ids.ts';
import type { JobRequest } from '../model/request.ts';
import { positionOf } from './queueOrder.ts';

/** What availability over time asks of a job. */
export type Shape = { readonly cores: number; readonly durationMs: number };

export const shapeOf = ({ ranks, coresPerRank, timeLimitMs }: JobRequest): Shape => ({
  cores: ranks * coresPerRank,
  durationMs: timeLimitMs === 0 ? Infinity : timeLimitMs,
});

export type Candidates = {
  /** The next ready job in queue order whose shape has room; each comes once. */
  next(): JobId | undefined;
};

type Entry = { readonly shape: Shape; readonly jobs: readonly JobId[]; at: number; id: JobId };

/** Jobs behind `after` in the queue. `hasRoom` must not come back to true within the pass. */
export function candidatesAfter(
  view: ClusterView,
  after: number,
  hasRoom: (shape: Shape) => boolean,
): Candidates {
  const heap: Entry[] = [];
  for (const [cores, byDuration] of view.lookup.shapes) {
    if (!hasRoom({ cores, durationMs: 0 })) continue;
    for (const [durationMs, jobs] of byDuration) {
      if ((jobs.at(-1) ?? 0) <= after) continue;
      const shape = { cores, durationMs };
      if (!hasRoom(shape)) continue;
      const at = positionOf(jobs, after + 1);
      const id = jobs[at];
      if (id !== undefined) heap.push({ shape, jobs, at, id });
    }
  }
  for (let at = heap.length >> 1; at >= 0; at -= 1) sink(heap, at);
  return { next: () => next(heap, hasRoom) };
}

function next(heap: Entry[], hasRoom: (shape: Shape) => boolean): JobId | undefined {
  for (;;) {
    const first = heap[0];
    if (!first) return undefined;
    const found = hasRoom(first.shape) ? first.id : undefined;
    const following = found === undefined ? undefined : first.jobs[first.at + 1];
    if (following === undefined) {
      const last = heap.pop();
      if (last && last !== first) heap[0] = last;
    } else {
      first.at += 1;
      first.id = following;
    }
    sink(heap, 0);
    if (found !== undefined) return found;
  }
}

/** Restores the order of a binary heap below `at`. */
function sink(heap: Entry[], at: number): void {
  const entry = heap[at];
  if (!entry) return;
  let hole = at;
  for (;;) {
    const left = heap[2 * hole + 1];
    const right = heap[2 * hole + 2];
    const least = left && right && right.id < left.id ? right : left;
    if (!least || least.id > entry.id) break;
    heap[hole] = least;
    hole = 2 * hole + (least === left ? 1 : 2);
  }
  heap[hole] = entry;
}
