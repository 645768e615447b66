/** The stage between facts and allocations: a readonly view in, placements and reasons out. */
import type { ClusterView } from '../model/cluster.ts';
import type { JobId } from '../model/ids.ts';
import type { BookedShare } from '../model/lookup.ts';
import type { RankChoice } from '../model/rankChoice.ts';
import type { PendingReason } from '../model/reason.ts';
import type { TimeMs } from '../model/time.ts';
import { createLanes } from './lanes.ts';
import { planQueue } from './planQueue.ts';
import type { PlannedPart } from './placement.ts';
import { DEFAULT_POLICY, POLICIES } from './policies.ts';

/** Start this job now; for the record of an array, its next waiting task. */
export type Placement = {
  readonly job: JobId;
  readonly parts: readonly PlannedPart[];
  /** Shorter than the job's own time limit, which leaves it less time but starts it now. */
  readonly limitMs?: number;
  /** Of a moldable job. */
  readonly choice?: RankChoice;
};

export type Plan = {
  readonly placements: readonly Placement[];
  /** For jobs whose reason may have changed; all others keep theirs. The first for a job counts. */
  readonly reasons: readonly { readonly job: JobId; readonly reason: PendingReason }[];
  /** Starts reserved for jobs that wait; absent when the policy keeps none. */
  readonly starts?: ReadonlyMap<JobId, TimeMs>;
  /** On which nodes; absent for those of whom only the time is reserved. */
  readonly bookings?: ReadonlyMap<JobId, readonly BookedShare[]>;
  /** With how many ranks the moldable ones of them. */
  readonly choices?: ReadonlyMap<JobId, RankChoice>;
  /** The pass stopped at its bound: plan again at once. */
  readonly unfinished: boolean;
};

/** One scheduling pass; bounded by a count of placements, never by a clock. */
export function plan(view: ClusterView, atMs: TimeMs): Plan {
  const { nodeOrder } = POLICIES[view.settings.policy ?? DEFAULT_POLICY];
  const lanes = createLanes(view, atMs);
  return planQueue(view, atMs, { lanes, nodeOrder: nodeOrder?.(view) });
}
