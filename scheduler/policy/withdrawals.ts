/**
 * When nodes belong to reservations: a job without one may run on such a node only if it is over
 * before the window opens, and a job with one only inside its windows.
 */
import type { ClusterView } from '../model/cluster.ts';
import type { NodeName } from '../model/ids.ts';
import type { Reservation, Window } from '../model/reservation.ts';
import { DAY_MS, timeMs } from '../model/time.ts';
import type { TimeMs } from '../model/time.ts';
import { occurrencesUntil } from './occurrence.ts';

/** Windows are looked up this far ahead. */
export const AHEAD_MS = 30 * DAY_MS;
/** One that comes every few seconds is a mistake; its later windows are left out. */
const MOST_WINDOWS = 1_000;

export type Withdrawal = Window & {
  readonly node: NodeName;
  readonly reservation: string;
  /** Then it is withdrawn from the users of other reservations as well. */
  readonly maintenance: boolean;
};

/** The windows of all reservations that are open or begin within 30 days, by node and time. */
export function withdrawals(view: ClusterView, atMs: TimeMs): readonly Withdrawal[] {
  if (view.reservations.size === 0) return [];
  const found: Withdrawal[] = [];
  for (const reservation of view.reservations.values()) {
    const { name, nodes, maintenance } = reservation;
    const windows = windowsOf(reservation, atMs);
    for (const node of nodes) {
      for (const window of windows) found.push({ node, ...window, reservation: name, maintenance });
    }
  }
  return found.sort(
    (a, b) =>
      (a.node < b.node ? -1 : a.node > b.node ? 1 : 0) ||
      a.fromMs - b.fromMs ||
      (a.reservation < b.reservation ? -1 : 1),
  );
}

/** Ascending; empty for one that is over. */
export function windowsOf(
  reservation: Reservation,
  atMs: TimeMs,
  untilMs: number = atMs + AHEAD_MS,
): readonly Window[] {
  const { name, startMs, durationMs, repeat } = reservation;
  const starts: number[] = [startMs];
  if (repeat) {
    const from = { seed: name, afterMs: startMs };
    starts.push(...occurrencesUntil(repeat, from, timeMs(untilMs), MOST_WINDOWS));
  }
  return starts
    .filter((ms) => ms + durationMs > atMs && ms <= untilMs)
    .map((ms) => ({ fromMs: ms, toMs: ms + durationMs }));
}

/** Whether the job's user or account may use the reservation. */
export function mayUse(
  { users, accounts }: Pick<Reservation, 'users' | 'accounts'>,
  job: { readonly user: string; readonly account: string },
): boolean {
  return users.includes(job.user) || accounts.includes(job.account);
}

/** The reservation that has the node at this moment; maintenance before any other. */
export function reservationNow(
  view: ClusterView,
  node: NodeName,
  atMs: TimeMs,
): Reservation | undefined {
  let found: Reservation | undefined;
  for (const one of view.reservations.values()) {
    const { startMs, durationMs, nodes, maintenance } = one;
    if (startMs > atMs || startMs + durationMs <= atMs || !nodes.includes(node)) continue;
    if (!found || (maintenance && !found.maintenance)) found = one;
  }
  return found;
}
