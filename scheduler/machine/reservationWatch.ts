/** Reservations as time goes by: recurring ones move to their next window, old ones are forgotten. */
import type { Reservation } from '../model/reservation.ts';
import { DAY_MS, later, timeMs } from '../model/time.ts';
import type { TimeMs } from '../model/time.ts';
import { nextOccurrence } from '../policy/occurrence.ts';
import type { Turn } from './turn.ts';

/** So long one that is over is still listed, and its late users are told that it is over. */
const REMEMBERED_MS = DAY_MS;

const endOf = ({ startMs, durationMs }: Reservation): TimeMs => later(startMs, durationMs);

/** When it opens, closes or is forgotten, whichever comes next. */
export function reservationDeadline(one: Reservation, atMs: TimeMs): TimeMs {
  if (one.startMs > atMs) return one.startMs;
  const endMs = endOf(one);
  return endMs > atMs ? endMs : later(endMs, REMEMBERED_MS);
}

export function rollReservation(turn: Turn, one: Reservation): void {
  const endMs = endOf(one);
  if (endMs > turn.atMs) return;
  const startMs = one.repeat && nextStart(one, turn.atMs);
  if (startMs !== undefined) {
    turn.record({ kind: 'reservationMoved', name: one.name, startMs });
  } else if (later(endMs, REMEMBERED_MS) <= turn.atMs) {
    turn.record({ kind: 'reservationRemoved', name: one.name, by: 'system' });
  }
}

/** The first window that is not over yet. */
function nextStart({ name, startMs, durationMs, repeat }: Reservation, atMs: TimeMs) {
  if (!repeat) return undefined;
  const afterMs = timeMs(Math.max(startMs, atMs - durationMs));
  return nextOccurrence(repeat, { seed: name, afterMs });
}
