/**
 * Which policy plans which job. A partition that names a policy has a lane of its own, all others
 * share one; all lanes take from the same nodes, in one queue: tiers first, then as the lists say.
 * Within the places that a lane has in the queue its policy says who comes first.
 */
import type { ClusterView } from '../model/cluster.ts';
import type { PolicyName } from '../model/policyName.ts';
import type { JobId } from '../model/ids.ts';
import type { Job } from '../model/job.ts';
import type { TimeMs } from '../model/time.ts';
import { DEFAULT_POLICY, POLICIES } from './policies.ts';
import type { Policy } from './policies.ts';

export type Lane = {
  /** How many waiting jobs get a reservation. */
  readonly depth: number;
  /** Nothing starts behind a job that waits. */
  readonly strict: boolean;
  /** Reservations outlive the pass and never move back. */
  readonly keeps: boolean;
  reserved: number;
  blocked: boolean;
};

export type Lanes = {
  readonly queue: readonly JobId[];
  /** The queue is that of the lookup, so that its index by shape may be used. */
  readonly sorted: boolean;
  readonly single: boolean;
  /** The greatest depth of all. */
  readonly mostReserved: number;
  /** Reservations are made known. */
  readonly publishes: boolean;
  of(job: Job): Lane;
  /** Nothing is reserved yet. */
  reset(): void;
};

export function createLanes(view: ClusterView, atMs: TimeMs): Lanes {
  const { settings } = view;
  const shared = settings.policy ?? DEFAULT_POLICY;
  const own = settings.partitions.flatMap(({ name, policy }) =>
    policy === undefined || policy === shared ? [] : [[name, policy] as const],
  );
  const single = own.length === 0;
  const all: readonly PolicyName[] = [shared, ...own.map(([, policy]) => policy)];
  const lanes = all.map((name) => laneOf(POLICIES[name], view, single));
  const [first = laneOf(POLICIES[shared], view, single)] = lanes;
  const byPartition = new Map(own.map(([name], at) => [name, lanes[at + 1] ?? first]));
  const of = (job: Job): Lane => byPartition.get(job.request.partition) ?? first;
  const queue = queueOf(view, atMs, { all, lanes, of });
  return {
    queue,
    sorted: queue === view.lookup.ready,
    single,
    mostReserved: Math.max(...lanes.map(({ depth }) => depth)),
    publishes: lanes.some(({ depth }) => depth > 0),
    of,
    reset: () => lanes.forEach(clear),
  };
}

function clear(lane: Lane): void {
  lane.reserved = 0;
  lane.blocked = false;
}

/** One lane for all, with these properties; for tests of single ones. */
export function singleLane(
  view: ClusterView,
  lane: Pick<Lane, 'depth' | 'strict' | 'keeps'>,
): Lanes {
  const only = { ...lane, reserved: 0, blocked: false };
  return {
    queue: view.lookup.ready,
    sorted: true,
    single: true,
    mostReserved: lane.depth,
    publishes: lane.depth > 0,
    of: () => only,
    reset: () => clear(only),
  };
}

/** Among others even a strict lane keeps one reservation, so that they do not delay its first job. */
function laneOf(policy: Policy, { settings }: ClusterView, single: boolean): Lane {
  const { strict, keeps } = policy;
  const depth = policy.depth === 'settings' ? (settings.reservations ?? Infinity) : policy.depth;
  return { depth: single ? depth : Math.max(1, depth), strict, keeps, reserved: 0, blocked: false };
}

function queueOf(
  view: ClusterView,
  atMs: TimeMs,
  {
    all,
    lanes,
    of,
  }: {
    readonly all: readonly PolicyName[];
    readonly lanes: readonly Lane[];
    readonly of: (job: Job) => Lane;
  },
): readonly JobId[] {
  const { ready } = view.lookup;
  if (all.every((name) => !POLICIES[name].order)) return ready;
  const laneAt = ready.map((id) => {
    const job = view.jobs.get(id);
    return job && of(job);
  });
  const queue = [...ready];
  for (const [index, name] of all.entries()) {
    const { order } = POLICIES[name];
    if (!order) continue;
    const places = [...laneAt.keys()].filter((at) => laneAt[at] === lanes[index]);
    const ids = places.flatMap((at) => ready[at] ?? []);
    const ordered = tiersFirst(view, order(view, atMs, ids));
    for (const [place, at] of places.entries()) {
      const id = ordered[place];
      if (id !== undefined) queue[at] = id;
    }
  }
  return queue;
}

function tiersFirst(view: ClusterView, ids: readonly JobId[]): readonly JobId[] {
  const tiers = new Map(view.settings.partitions.map(({ name, tier = 1 }) => [name, tier]));
  if (new Set(tiers.values()).size < 2) return ids;
  const tierOf = (id: JobId): number => tiers.get(view.jobs.get(id)?.request.partition ?? '') ?? 1;
  return ids.toSorted((a, b) => tierOf(b) - tierOf(a));
}
