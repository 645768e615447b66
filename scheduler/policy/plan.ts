/** The stage between facts and allocations: a readonly view in, placements and reasons out. */
import type { ClusterView } from '../model/cluster.ts';
import type { JobId } from '../model/ids.ts';
import type { PendingReason } from '../model/reason.ts';
import type { TimeMs } from '../model/time.ts';
import { planBackfill } from './backfill.ts';
import { planConservative } from './conservative.ts';
import { planFifo } from './fifo.ts';
import { predictiveOrder } from './predictiveOrder.ts';
import type { PlannedPart } from './placement.ts';

/** Start this job now; for the record of an array, its next waiting task. */
export type Placement = { readonly job: JobId; readonly parts: readonly PlannedPart[] };

export type Plan = {
  readonly placements: readonly Placement[];
  /** For jobs whose reason may have changed; all others keep theirs. */
  readonly reasons: readonly { readonly job: JobId; readonly reason: PendingReason }[];
  /** Starts reserved for jobs that wait; absent when the policy keeps none. */
  readonly starts?: ReadonlyMap<JobId, TimeMs>;
  /** The pass stopped at its bound: plan again at once. */
  readonly unfinished: boolean;
};

/** One scheduling pass; bounded by a count of placements, never by a clock. */
export function plan(view: ClusterView, atMs: TimeMs): Plan {
  switch (view.settings.policy ?? 'fifo') {
    case 'fifo':
      return planFifo(view, atMs);
    case 'easy':
      return planBackfill(view, atMs, { depth: 1 });
    case 'backfill':
      return planConservative(view, atMs, { depth: view.settings.reservations ?? Infinity });
    case 'predictive':
      return planBackfill(view, atMs, { depth: 1, order: predictiveOrder });
  }
}
