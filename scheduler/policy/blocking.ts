/** What a job lacks that nobody is ahead of, by the predicates of the plan. */
import type { ClusterView } from '../model/cluster.ts';
import { constraintText, countablesText } from '../model/constraint.ts';
import { demandOf, leastRanks } from '../model/demand.ts';
import { nodeName } from '../model/ids.ts';
import type { Job } from '../model/job.ts';
import type { PendingReason, Suitable } from '../model/reason.ts';
import type { Reservation } from '../model/reservation.ts';
import type { JobRequest } from '../model/request.ts';
import type { TimeMs } from '../model/time.ts';
import { largestRanks } from './largest.ts';
import type { Licenses } from './licenses.ts';
import { ranksOn } from './placement.ts';
import type { Pool } from './pool.ts';
import { isAmong } from './pool.ts';
import { lackBeside, roomNow } from './roomNow.ts';
import { suits, suitsAll } from './suitability.ts';
import { windowsOf } from './withdrawals.ts';

/** What is left at this moment, with what the pass has started taken. */
export type Left = {
  readonly atMs: TimeMs;
  readonly pool: Pool;
  readonly licenses: Licenses;
};

/** The job is next and does not start: for want of nodes that are away, licenses, time or room. */
export function blockingReason(view: ClusterView, job: Job, left: Left): PendingReason {
  const { request } = job;
  return (
    lackOfNodes(view, request, left.pool) ??
    lackOfLicenses(view, request, { ...left, toMs: left.atMs + 1 }) ??
    reservationFor(view, request, left.atMs) ??
    reservationInTheWay(view, job, left) ??
    licensesAhead(view, job, left) ??
    lackOfRoom(view, job, left.pool)
  );
}

function lackOfNodes(
  view: ClusterView,
  request: JobRequest,
  pool: Pool,
): PendingReason | undefined {
  const wantedRanks = leastRanks(request);
  const missing = (request.nodeList ?? []).filter((name) => !pool.byName.has(nodeName(name)));
  if (missing.length > 0) return { kind: 'ReqNodeNotAvail', nodes: missing };
  let possible = 0;
  for (const { coreCount, memoryBytes } of pool.eligible(demandOf(request)).nodes) {
    if (possible >= wantedRanks) return undefined;
    possible += ranksOn(request, coreCount, { cores: coreCount, memoryBytes });
  }
  if (possible >= wantedRanks) return undefined;
  const only = suitable(view, request);
  const largest = largestRanks(view, request);
  if (only && largest < wantedRanks) {
    return { kind: 'BadConstraints', wantedRanks, largestRanks: largest, only };
  }
  const away = pool.absent.filter((name) => {
    const node = view.nodes.get(name);
    return node !== undefined && suits(view, node, request);
  });
  return away.length > 0 ? { kind: 'ReqNodeNotAvail', nodes: away } : undefined;
}

function lackOfLicenses(
  view: ClusterView,
  request: JobRequest,
  { licenses, atMs, toMs }: Left & { readonly toMs: number },
): PendingReason | undefined {
  for (const { name, count } of request.licenses ?? []) {
    const free = licenses.free(name, { fromMs: atMs, toMs });
    if (free >= count) continue;
    const of = view.settings.licenses?.find((one) => one.name === name)?.count ?? 0;
    return { kind: 'Licenses', license: name, wanted: count, free, of };
  }
  return undefined;
}

/** It would have room now, but not its licenses to the end. */
function licensesAhead(view: ClusterView, job: Job, left: Left): PendingReason | undefined {
  const { request } = job;
  if (!request.licenses || !roomNow(view, request, left.pool)) return undefined;
  const toMs = left.atMs + demandOf(request).leastMs;
  const lack = lackOfLicenses(view, request, { ...left, toMs });
  return lack?.kind === 'Licenses' ? { ...lack, ahead: true } : undefined;
}

/** It asked for a reservation that has not begun, or has too little time left. */
function reservationFor(
  view: ClusterView,
  { reservation, timeLimitMs, minTimeMs }: JobRequest,
  atMs: TimeMs,
): PendingReason | undefined {
  const own = reservation === undefined ? undefined : view.reservations.get(reservation);
  if (!own) return undefined;
  const windows = windowsOf(own, atMs);
  const endMs = atMs + Math.min(timeLimitMs || Infinity, minTimeMs ?? Infinity);
  if (windows.some(({ fromMs, toMs }) => fromMs <= atMs && toMs >= endMs)) {
    return maintenanceOf(view, own, { atMs, endMs });
  }
  const next = windows.find(({ fromMs }) => fromMs > atMs) ?? windows[0];
  return next && { kind: 'Reservation', reservation: own.name, how: 'asked', ...next };
}

/** All nodes of the reservation are to be repaired before the job could end. */
function maintenanceOf(
  view: ClusterView,
  own: Reservation,
  { atMs, endMs }: { readonly atMs: TimeMs; readonly endMs: number },
): PendingReason | undefined {
  for (const { name, nodes, maintenance, ...one } of view.reservations.values()) {
    if (!maintenance || name === own.name || !own.nodes.every((node) => nodes.includes(node)))
      continue;
    const windows = windowsOf({ name, nodes, maintenance, ...one }, atMs);
    const window = windows.find(({ fromMs }) => fromMs < endMs);
    if (!window) continue;
    const how = window.fromMs > atMs ? 'ahead' : 'now';
    return { kind: 'Reservation', reservation: name, how, ...window };
  }
  return undefined;
}

/** It would start now if there were no reservations: the first that has nodes of those it may use. */
function reservationInTheWay(view: ClusterView, job: Job, left: Left): PendingReason | undefined {
  if (job.request.reservation !== undefined || view.reservations.size === 0) return undefined;
  const { atMs, pool } = left;
  const shares = roomNow(view, job.request, pool);
  if (!shares) return undefined;
  const nodes = new Set(shares.map(({ node }) => node.name));
  const inTheWay = [...view.reservations.values()]
    .filter((one) => one.nodes.some((node) => nodes.has(node)))
    .flatMap((one) => windowsOf(one, atMs).map((window) => ({ reservation: one.name, ...window })))
    .filter(({ fromMs }) => fromMs < atMs + demandOf(job.request).leastMs)
    .sort((a, b) => a.fromMs - b.fromMs);
  const [first] = inTheWay;
  return first && { kind: 'Reservation', how: first.fromMs > atMs ? 'ahead' : 'now', ...first };
}

function lackOfRoom(view: ClusterView, { request }: Job, pool: Pool): PendingReason {
  const only = suitable(view, request);
  const lack = lackBeside(view, request, pool);
  const eligible = pool.eligible(demandOf(request));
  const usable = pool.open().filter((node) => isAmong(eligible, node));
  return {
    kind: 'Resources',
    wantedCores: leastRanks(request) * request.coresPerRank,
    freeCores: usable.reduce((sum, node) => sum + pool.free(node).cores.length, 0),
    wantedMemoryBytes: leastRanks(request) * request.memoryPerRankBytes,
    ...(only && { only }),
    ...(lack && { lack }),
  };
}

/** Undefined when all nodes are. */
function suitable(view: ClusterView, request: JobRequest): Suitable | undefined {
  if (suitsAll(view, request)) return undefined;
  let count = 0;
  for (const node of view.nodes.values()) if (suits(view, node, request)) count += 1;
  if (count === view.nodes.size) return undefined;
  const { constraint, gres, partition } = request;
  const features = constraint ? [constraintText(constraint)] : [];
  const things = gres && gres.length > 0 ? [countablesText(gres)] : [];
  const wished = [...features, ...things].join(' and ');
  const members = view.settings.partitions.find(({ name }) => name === partition)?.nodes;
  const has = wished === '' ? [] : [`have ${wished}`];
  const within = members ? [`are in partition ${partition}`] : [];
  return { suitable: count, of: view.nodes.size, wish: [...has, ...within].join(' and ') };
}
