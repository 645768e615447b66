import type { pibatch } from '../../proto/codec.ts';
import type { ClusterView } from '../model/cluster.ts';
import type { JobId } from '../model/ids.ts';
import { nodeName } from '../model/ids.ts';
import type { ReservationOrder } from '../model/input.ts';
import type { Reservation, ReservationChange, ReservationRepeat } from '../model/reservation.ts';
import { timeMs } from '../model/time.ts';
import * as check from './fieldCheck.ts';

/** Reservations from the wire and to it. Throws RefusedError naming the field. */
type Wire = pibatch.ReserveNodes.$Properties;

const MOST_NAMES = 1_000;

export const reservationName = (wire: { readonly name?: string | null }): string =>
  check.matching(
    'name',
    wire.name,
    /^[A-Za-z][A-Za-z0-9_.-]{0,63}$/,
    '1 to 64 of A-Z a-z 0-9 _ . -, a letter first',
  );

export function reservationOrder(wire: Wire): ReservationOrder {
  const repeat = repeatOf(wire);
  const startMs = startOf(wire);
  const count = check.optionalInteger('nodes', wire.count, { least: 1, most: 100_000 });
  return {
    name: reservationName(wire),
    ...(startMs !== undefined && { startMs }),
    durationMs: check.integer('duration', wire.durationMs, check.ANY_COUNT),
    nodes: count ?? nodesOf(wire),
    users: namesOf('users', wire.users),
    accounts: namesOf('accounts', wire.accounts),
    ...(repeat && { repeat }),
    maintenance: wire.maintenance ?? false,
    ignoreJobs: wire.ignoreJobs ?? false,
  };
}

export function reservationChange(wire: Wire): ReservationChange {
  const startMs = startOf(wire);
  const durationMs = check.optionalInteger('duration', wire.durationMs, check.ANY_COUNT);
  const nodes = nodesOf(wire);
  const repeat = repeatOf(wire) ?? null;
  return {
    ...(startMs !== undefined && { startMs }),
    ...(durationMs !== undefined && { durationMs }),
    ...(nodes.length > 0 && { nodes }),
    ...(wire.changeUsers && { users: namesOf('users', wire.users) }),
    ...(wire.changeAccounts && { accounts: namesOf('accounts', wire.accounts) }),
    ...(wire.changeRepeat && { repeat }),
    ...(wire.changeMaintenance && { maintenance: wire.maintenance ?? false }),
  };
}

function startOf({ startMs }: Wire) {
  const start = check.optionalInteger('start', startMs, check.ANY_COUNT);
  return start === undefined ? undefined : timeMs(start);
}

function repeatOf(wire: Wire): ReservationRepeat | undefined {
  const cron = check.line('repeat', wire.cron, 256);
  if (cron === '') return undefined;
  return { cron, timezone: check.line('timezone', wire.timezone, 64) || 'UTC' };
}

const nodesOf = ({ nodes }: Wire) =>
  [
    ...new Set(
      check.listOf('nodes', nodes, 100_000).map((name) => nodeName(check.line('nodes', name, 64))),
    ),
  ].sort();

const namesOf = (field: string, names: readonly string[] | null | undefined): string[] => [
  ...new Set(check.listOf(field, names, MOST_NAMES).map((name) => check.line(field, name, 64))),
];

/** As `pictl reserve list` shows them, by start. */
export function reservationList(
  cluster: ClusterView,
  nowMs: number,
): pibatch.ReservationList.$Properties {
  const jobs = new Map<string, JobId[]>();
  for (const { id, request } of cluster.jobs.values()) {
    if (request.reservation === undefined) continue;
    const found = jobs.get(request.reservation) ?? [];
    jobs.set(request.reservation, [...found, id]);
  }
  const reservations = [...cluster.reservations.values()]
    .sort((a, b) => a.startMs - b.startMs || (a.name < b.name ? -1 : 1))
    .map((one) => row(one, jobs.get(one.name) ?? [], nowMs));
  return { reservations };
}

const MOST_JOBS = 100;

function row(
  one: Reservation,
  jobs: readonly JobId[],
  nowMs: number,
): pibatch.ReservationRow.$Properties {
  const { name, startMs, durationMs, nodes, users, accounts, repeat, maintenance, by } = one;
  const over = startMs + durationMs <= nowMs;
  return {
    name,
    state: over ? 'ENDED' : startMs <= nowMs ? 'ACTIVE' : 'INACTIVE',
    startMs,
    durationMs,
    nodes: [...nodes],
    users: [...users],
    accounts: [...accounts],
    cron: repeat?.cron ?? '',
    timezone: repeat?.timezone ?? '',
    maintenance,
    by,
    jobs: jobs.slice(0, MOST_JOBS),
  };
}
