/** Which nodes a reservation gets, and what would stand in its way on them. */
import type { ClusterView } from '../model/cluster.ts';
import type { JobId, NodeName } from '../model/ids.ts';
import type { Refusal } from '../model/refusal.ts';
import type { Reservation } from '../model/reservation.ts';
import type { TimeMs } from '../model/time.ts';
import { AHEAD_MS, windowsOf } from '../policy/withdrawals.ts';

type How = {
  /** Running jobs that reach into it are no reason to refuse. */
  readonly ignoreJobs: boolean;
  readonly atMs: TimeMs;
};

/** Those named, or so many of those that are free in all its windows: healthy and idle ones first. */
export function chooseNodes(
  view: ClusterView,
  wanted: Reservation,
  { nodes, ...how }: How & { readonly nodes: readonly NodeName[] | number },
): readonly NodeName[] | Refusal {
  if (typeof nodes !== 'number') {
    return refuseNodes(view, { ...wanted, nodes }, how) ?? nodes;
  }
  const free = [...view.nodes.values()].filter(
    ({ name }) => !refuseNodes(view, { ...wanted, nodes: [name] }, how),
  );
  if (nodes < 1 || free.length < nodes) {
    return { code: 'tooFewFreeNodes', asked: nodes, free: free.length, of: view.nodes.size };
  }
  const cost = new Map(
    free.map(({ name, health, drains }) => {
      const away = health.kind === 'up' && drains.length === 0 ? 0 : 1;
      return [name, away * 1e6 + (view.lookup.holdings.get(name)?.parts.size ?? 0)] as const;
    }),
  );
  return free
    .map(({ name }) => name)
    .sort((a, b) => (cost.get(a) ?? 0) - (cost.get(b) ?? 0))
    .slice(0, nodes)
    .sort();
}

/** Why it cannot have its nodes; undefined when it can. */
export function refuseNodes(
  view: ClusterView,
  wanted: Reservation,
  { ignoreJobs, atMs }: How,
): Refusal | undefined {
  if (wanted.nodes.length === 0) {
    return { code: 'badValue', field: 'nodes', value: '', limit: 'at least one node' };
  }
  const unknown = wanted.nodes.find((name) => !view.nodes.has(name));
  if (unknown !== undefined) return { code: 'noSuchNode', node: unknown };
  if (wanted.maintenance) return undefined;
  return refuseOverlap(view, wanted, atMs) ?? (ignoreJobs ? undefined : refuseJobs(view, wanted));
}

function refuseOverlap(view: ClusterView, wanted: Reservation, atMs: TimeMs): Refusal | undefined {
  const mine = new Set(wanted.nodes);
  for (const other of view.reservations.values()) {
    if (other.name === wanted.name || other.maintenance) continue;
    const node = other.nodes.find((name) => mine.has(name));
    if (node === undefined) continue;
    const untilMs = Math.max(wanted.startMs, other.startMs) + AHEAD_MS;
    const theirs = windowsOf(other, atMs, untilMs);
    for (const { fromMs, toMs } of windowsOf(wanted, atMs, untilMs)) {
      const clash = theirs.find((window) => window.fromMs < toMs && window.toMs > fromMs);
      if (!clash) continue;
      const { name: reservation } = wanted;
      return { code: 'reservationOverlaps', reservation, other: other.name, node, ...clash };
    }
  }
  return undefined;
}

/** Running jobs that may still be there when its first window opens. */
function refuseJobs(view: ClusterView, wanted: Reservation): Refusal | undefined {
  const mine = new Set<string>(wanted.nodes);
  const jobs: JobId[] = [];
  let untilMs = 0;
  for (const id of view.lookup.active) {
    const job = view.jobs.get(id);
    if (job?.state.kind !== 'active' || job.request.reservation === wanted.name) continue;
    const { parts, startedMs } = job.state.attempt;
    if (!parts.some(({ node, state }) => state.kind !== 'ended' && mine.has(node))) continue;
    const endMs = startedMs + (job.request.timeLimitMs || Infinity);
    if (endMs <= wanted.startMs) continue;
    jobs.push(id);
    untilMs = Math.max(untilMs, endMs);
  }
  if (jobs.length === 0) return undefined;
  const known = untilMs === Infinity ? {} : { untilMs };
  return {
    code: 'reservationOverJobs',
    reservation: wanted.name,
    jobs: jobs.sort((a, b) => a - b).slice(0, 10),
    count: jobs.length,
    ...known,
  };
}
