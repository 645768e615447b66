/** Whether a user may submit into the reservation that a request names. */
import type { ClusterView } from '../model/cluster.ts';
import type { Refusal } from '../model/refusal.ts';
import type { JobRequest } from '../model/request.ts';
import { later } from '../model/time.ts';
import type { TimeMs } from '../model/time.ts';
import { mayUse } from '../policy/withdrawals.ts';
import { unknown } from './acceptReservation.ts';

export function refuseReservation(
  view: ClusterView,
  request: JobRequest,
  { user, atMs }: { readonly user: string; readonly atMs: TimeMs },
): Refusal | undefined {
  const { reservation: name, account, timeLimitMs } = request;
  if (name === undefined) return undefined;
  const one = view.reservations.get(name);
  if (!one) return unknown({ view }, name);
  if (!mayUse(one, { user, account })) {
    return { code: 'reservationNotYours', reservation: name, user, account };
  }
  const endMs = later(one.startMs, one.durationMs);
  if (!one.repeat && endMs <= atMs) return { code: 'reservationOver', reservation: name, endMs };
  const leftMs = one.repeat ? one.durationMs : endMs - Math.max(atMs, one.startMs);
  if (timeLimitMs === 0 || timeLimitMs > leftMs) {
    return { code: 'reservationTooShort', reservation: name, timeLimitMs, leftMs };
  }
  return undefined;
}
