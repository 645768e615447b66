/** What events do to reservations; whatever was planned on their nodes is planned anew. */
import type { Cluster } from '../model/cluster.ts';
import type { Event } from '../model/event.ts';
import { existing } from './invariantError.ts';
import { renewLayout } from './lookup.ts';

type ReservationEvent = Extract<
  Event,
  {
    kind: 'reservationCreated' | 'reservationUpdated' | 'reservationMoved' | 'reservationRemoved';
  }
>;

export function applyReservation(cluster: Cluster, event: ReservationEvent): void {
  const { reservations } = cluster;
  switch (event.kind) {
    case 'reservationCreated':
    case 'reservationUpdated':
      reservations.set(event.reservation.name, event.reservation);
      break;
    case 'reservationMoved': {
      const { name, startMs } = event;
      const one = existing(reservations.get(name), `reservation ${name}`);
      reservations.set(name, { ...one, startMs });
      break;
    }
    case 'reservationRemoved':
      reservations.delete(event.name);
  }
  renewLayout(cluster.lookup);
}
