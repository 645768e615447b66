/** Reservations: created, changed and removed by operators. */
import type { Answer } from '../model/effect.ts';
import type { Input, ReservationOrder } from '../model/input.ts';
import type { Refusal } from '../model/refusal.ts';
import type { Reservation, ReservationChange } from '../model/reservation.ts';
import { MOST_RESERVATIONS } from '../model/reservation.ts';
import { DAY_MS, later, MINUTE_MS, SECOND_MS, timeMs } from '../model/time.ts';
import type { TimeMs } from '../model/time.ts';
import { refuseExpression } from '../policy/cronRule.ts';
import { nextOccurrence } from '../policy/occurrence.ts';
import { windowsOf } from '../policy/withdrawals.ts';
import { isZone } from '../policy/zone.ts';
import { chooseNodes, refuseNodes } from './reservationNodes.ts';
import type { Turn } from './turn.ts';

type ReservationInput = Extract<
  Input,
  { kind: 'createReservation' | 'updateReservation' | 'removeReservation' }
>;

/** Clocks of users may be this far behind. */
const LATE_MS = MINUTE_MS;
const LONGEST_MS = 365 * DAY_MS;
const MOST_NAMES = 1_000;

const refused = (refusal: Refusal): Answer => ({ kind: 'refused', refusal });

export function acceptReservation(turn: Turn, input: ReservationInput): Answer {
  const { by } = input;
  if (by.role === 'user') {
    return refused({ code: 'notAllowed', verb: input.kind, role: by.role });
  }
  switch (input.kind) {
    case 'createReservation':
      return create(turn, input.order, by.user);
    case 'updateReservation':
      return update(turn, input);
    case 'removeReservation': {
      const { name } = input;
      if (!turn.view.reservations.has(name)) return refused(unknown(turn, name));
      turn.record({ kind: 'reservationRemoved', name, by: by.user });
      return { kind: 'reserved', name, startMs: undefined, nodes: [] };
    }
  }
}

export const unknown = ({ view }: Pick<Turn, 'view'>, reservation: string): Refusal => ({
  code: 'noSuchReservation',
  reservation,
  known: [...view.reservations.keys()].join(', '),
});

const reserved = ({ name, startMs, nodes }: Reservation): Answer => ({
  kind: 'reserved',
  name,
  startMs,
  nodes,
});

function create(turn: Turn, order: ReservationOrder, by: string): Answer {
  const { view, atMs } = turn;
  const { name, ignoreJobs, nodes: _asked, ...rest } = order;
  const startMs = order.startMs ?? atMs;
  const wanted = { ...rest, name, by, startMs, nodes: [] };
  const problem = refuseTimes(wanted, atMs) ?? refuseUsers(wanted);
  if (problem) return refused(problem);
  const known = view.reservations.get(name);
  if (known && (known.repeat || later(known.startMs, known.durationMs) > atMs)) {
    return sameAs(known, order) ? reserved(known) : refused({ code: 'reservationExists', name });
  }
  if (!known && view.reservations.size >= MOST_RESERVATIONS) {
    const limit = `at most ${MOST_RESERVATIONS}; remove old ones`;
    return refused(badValue('reservations', String(view.reservations.size), limit));
  }
  const chosen = chooseNodes(view, wanted, { nodes: order.nodes, ignoreJobs, atMs });
  if ('code' in chosen) return refused(chosen);
  const reservation = { ...wanted, nodes: chosen };
  turn.record({ kind: 'reservationCreated', reservation, changedBy: by });
  return reserved(reservation);
}

/** The same order once more: its first answer was lost. */
function sameAs(known: Reservation, { ignoreJobs: _ignored, ...order }: ReservationOrder): boolean {
  const { by: _by, ...mine } = known;
  const nodes = typeof order.nodes === 'number' ? mine.nodes.length : mine.nodes;
  const asked = { ...order, startMs: order.startMs ?? mine.startMs };
  const sorted = (one: object) => JSON.stringify(Object.entries(one).sort());
  return sorted({ ...mine, nodes }) === sorted(asked);
}

function update(turn: Turn, input: Extract<Input, { kind: 'updateReservation' }>): Answer {
  const { view, atMs } = turn;
  const { name, change, ignoreJobs, by } = input;
  const known = view.reservations.get(name);
  if (!known) return refused(unknown(turn, name));
  const next = changed(known, change);
  const moved = next.startMs !== known.startMs;
  const problem = refuseTimes(next, moved ? atMs : known.startMs) ?? refuseUsers(next);
  if (problem) return refused(problem);
  const clash = refuseNodes(view, next, { ignoreJobs, atMs });
  if (clash) return refused(clash);
  turn.record({ kind: 'reservationUpdated', reservation: next, changedBy: by.user });
  return reserved(next);
}

function changed(known: Reservation, { repeat, ...change }: ReservationChange): Reservation {
  const { repeat: before, ...rest } = known;
  const again = repeat === undefined ? before : (repeat ?? undefined);
  const given = Object.entries(change).filter(([, value]) => value !== undefined);
  return { ...rest, ...(again && { repeat: again }), ...Object.fromEntries(given) };
}

function refuseTimes(one: Reservation, atMs: TimeMs): Refusal | undefined {
  const { name, startMs, durationMs, repeat } = one;
  if (!Number.isSafeInteger(durationMs) || durationMs < SECOND_MS || durationMs > LONGEST_MS) {
    return badValue('duration', `${durationMs} ms`, 'from one second to 365 days');
  }
  if (startMs < atMs - LATE_MS) {
    return badValue('start', new Date(startMs).toISOString(), 'now or later');
  }
  if (startMs > atMs + 10 * LONGEST_MS) {
    return badValue('start', new Date(startMs).toISOString(), 'within ten years');
  }
  if (!repeat) return undefined;
  if (!isZone(repeat.timezone)) return { code: 'badTimezone', timezone: repeat.timezone };
  const problem = refuseExpression(repeat.cron);
  if (problem) return problem;
  if (nextOccurrence(repeat, { seed: name, afterMs: startMs }) === undefined) {
    return badValue('repeat', repeat.cron, 'an expression that comes again');
  }
  const windows = windowsOf(one, timeMs(startMs));
  const crowded = windows.some(({ toMs }, at) => toMs > (windows[at + 1]?.fromMs ?? Infinity));
  if (!crowded) return undefined;
  return badValue('duration', `${durationMs / SECOND_MS} s`, 'over before the next window begins');
}

function refuseUsers({ users, accounts, maintenance }: Reservation): Refusal | undefined {
  if (users.length + accounts.length > MOST_NAMES) {
    return badValue('users', `${users.length + accounts.length} names`, `at most ${MOST_NAMES}`);
  }
  if (maintenance || users.length + accounts.length > 0) return undefined;
  return badValue('users', '', 'at least one of --users, --accounts or --maintenance');
}

const badValue = (field: string, value: string, limit: string): Refusal => ({
  code: 'badValue',
  field,
  value,
  limit,
});
