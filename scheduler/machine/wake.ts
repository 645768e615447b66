/** Everything that time alone brings about, and when to look again. */
import type { ClusterView } from '../model/cluster.ts';
import type { Effect } from '../model/effect.ts';
import type { TimeMs } from '../model/time.ts';
import { attemptDeadline, chaseAttempt } from './attemptWatch.ts';
import { endIfTooLate, pendingDeadline } from './deadline.ts';
import { judgeNode, nodeDeadline } from './nodeWatch.ts';
import { reservationDeadline, rollReservation } from './reservationWatch.ts';
import { restoreDeadline, settleRestore } from './restore.ts';
import { runSchedule } from './scheduleWatch.ts';
import type { Turn } from './turn.ts';

export function wake(turn: Turn): void {
  const { view, atMs } = turn;
  for (const name of view.nodes.keys()) judgeNode(turn, name);
  for (const id of view.lookup.active) chaseAttempt(turn, id);
  settleRestore(turn);
  for (const key of view.schedules.keys()) runSchedule(turn, key);
  for (const one of view.reservations.values()) rollReservation(turn, one);
  for (const id of view.lookup.deadlines) endIfTooLate(turn, id);
  for (const id of view.lookup.delayed) {
    const state = view.jobs.get(id)?.state;
    if (state?.kind !== 'pending' || state.eligibleMs > atMs) continue;
    turn.record({ kind: 'reasonChanged', job: id, reason: { kind: 'None' } });
  }
  turn.wantPlan();
}

/**
 * The next moment at which time alone brings something about. Asked for after every wake-up;
 * between two, whatever creates an earlier one asks for it itself.
 */
export function nextWake(view: ClusterView, atMs: TimeMs): TimeMs | undefined {
  let next: TimeMs | undefined;
  const consider = (dueMs: TimeMs | undefined): void => {
    if (dueMs !== undefined && (next === undefined || dueMs < next)) next = dueMs;
  };
  for (const name of view.nodes.keys()) consider(nodeDeadline(view, name));
  for (const id of view.lookup.active) {
    const job = view.jobs.get(id);
    if (job) consider(attemptDeadline(view, job));
  }
  for (const id of view.lookup.deadlines) consider(pendingDeadline(view, id));
  consider(restoreDeadline(view));
  for (const { nextMs } of view.schedules.values()) consider(nextMs);
  for (const one of view.reservations.values()) consider(reservationDeadline(one, atMs));
  for (const id of view.lookup.delayed) {
    const state = view.jobs.get(id)?.state;
    if (state?.kind === 'pending') consider(state.eligibleMs);
  }
  return next;
}

export function wakeEffect(atMs: TimeMs | undefined): readonly Effect[] {
  return atMs === undefined ? [] : [{ kind: 'wakeAt', atMs }];
}
