/** One pass over the queue in the making: what it may take, what it has placed and promised. */
import type { ClusterView } from '../model/cluster.ts';
import type { JobId } from '../model/ids.ts';
import type { RankChoice } from '../model/rankChoice.ts';
import type { PendingReason } from '../model/reason.ts';
import type { TimeMs } from '../model/time.ts';
import type { Availability, Spot } from './availability.ts';
import { createAvailability } from './availability.ts';
import type { Kept } from './keptStarts.ts';
import { bindKept, countedSpots, keepBound, needsBinding } from './keptStarts.ts';
import type { Limiter } from './limiter.ts';
import { createLimiter } from './limiter.ts';
import type { Lanes } from './lanes.ts';
import type { Placement } from './plan.ts';
import type { PassMemory } from './passMemory.ts';
import { recall } from './passMemory.ts';
import type { NodeOrder, Pool, PoolNode } from './pool.ts';
import { createPool } from './pool.ts';
import type { StartBounds } from './startBounds.ts';
import { boundsFor } from './startBounds.ts';
import { withdrawals } from './withdrawals.ts';

/** A pass starts at most this many jobs; the rest start in the pass that follows at once. */
const PASS_LIMIT = 256;

export type Pass = {
  readonly view: ClusterView;
  readonly atMs: TimeMs;
  readonly at: Availability;
  readonly starts: Map<JobId, TimeMs>;
  readonly spots: Map<JobId, Spot>;
  /** Of moldable jobs that are to start later. */
  readonly choices: Map<JobId, RankChoice>;
  readonly placements: Placement[];
  readonly reasons: { job: JobId; reason: PendingReason }[];
  readonly limiter: Limiter;
  /** Kept reservations that have not been looked at yet. */
  readonly unmet: Set<JobId>;
  /** Reservations that could not be held earlier, as of so many gains. */
  readonly tried: Map<JobId, number>;
  readonly forgotten: number;
  /** Hold while capacity is only taken away; begun anew when a reservation moves. */
  bounds: StartBounds;
  boundsUsed: boolean;
  readonly bounded: boolean;
  readonly remembers: boolean;
  readonly withdrawn: boolean;
  /** What the ready jobs want at least, once it was counted. */
  waitingCores?: number;
  /** A reservation needs nodes, and others were only counted. */
  mustBind: boolean;
  unfinished: boolean;
};

export function beginPass(
  view: ClusterView,
  atMs: TimeMs,
  options: {
    readonly found: ReadonlyMap<JobId, Kept>;
    readonly lanes: Lanes;
    readonly bounded: boolean;
    readonly bind: boolean;
    readonly nodeOrder: NodeOrder | undefined;
  },
): { readonly pass: Pass; readonly kept: ReadonlyMap<JobId, Spot> } {
  const { found, lanes, bounded, bind, nodeOrder } = options;
  const withdrawn = withdrawals(view, atMs);
  const bound = bind || withdrawn.length > 0 || needsBinding(view, lanes, found);
  const pool = createPool(view, nodeOrder);
  const remembers = bound && bounded && nodeOrder === undefined;
  const memory = remembers ? worthwhile(recall(view, pool.nodes), found) : undefined;
  const at = createAvailability(view, atMs, {
    pool,
    bound,
    withdrawn,
    counted: memory ? countedSpots(memory.spots.values()) : bound ? [] : found.values(),
    left: memory && { ...memory, changed: changedNodes(view, pool, memory) },
  });
  const kept = memory
    ? keepBound(at, memory, { kept: found, withdrawn })
    : bound
      ? bindKept(view, at, found)
      : found;
  const pass: Pass = {
    view,
    atMs,
    at,
    starts: new Map(),
    spots: new Map(),
    choices: new Map(),
    placements: [],
    reasons: [],
    limiter: createLimiter(view, atMs),
    unmet: new Set(kept.keys()),
    tried: new Map(memory?.tried),
    forgotten: memory?.forgotten ?? 0,
    bounds: boundsFor(view, { withdrawn: withdrawn.length > 0, bounded }),
    boundsUsed: false,
    bounded,
    remembers,
    withdrawn: withdrawn.length > 0,
    mustBind: false,
    unfinished: false,
  };
  return { pass, kept };
}

/** When most of it is given up, beginning anew is less work. */
const worthwhile = (
  memory: PassMemory | undefined,
  kept: ReadonlyMap<JobId, Kept>,
): PassMemory | undefined => (memory && 2 * kept.size >= memory.spots.size ? memory : undefined);

function changedNodes(view: ClusterView, pool: Pool, memory: PassMemory): Iterable<PoolNode> {
  const changed = new Set(memory.started);
  for (const name of view.lookup.touched) {
    const node = pool.byName.get(name);
    if (node) changed.add(node);
  }
  return changed;
}

/** Whether the pass has met its bound: then it is told that there may be more to do. */
export function isFull(pass: Pass): boolean {
  if (pass.placements.length >= PASS_LIMIT) pass.unfinished = true;
  return pass.unfinished;
}
