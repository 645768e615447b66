import type { NodeName } from './ids.ts';
import type { TimeMs } from './time.ts';

/**
 * Nodes kept for some users for a while, once or again and again. Of a recurring one `startMs` is
 * the occurrence under way or, between two, the next.
 */
export type Reservation = {
  readonly name: string;
  readonly by: string;
  readonly startMs: TimeMs;
  readonly durationMs: number;
  readonly nodes: readonly NodeName[];
  /** Who may submit into it; with neither list nobody may, which keeps the nodes empty. */
  readonly users: readonly string[];
  readonly accounts: readonly string[];
  /** Absent: once. */
  readonly repeat?: ReservationRepeat;
  /** May lie over other reservations and running jobs; its nodes are shown as `maint`. */
  readonly maintenance: boolean;
};

export type ReservationRepeat = {
  /** Five or six fields, or @daily and its like; on the wall clock of the zone. */
  readonly cron: string;
  /** IANA zone. */
  readonly timezone: string;
};

/** A time in which the nodes of a reservation are withdrawn from all other jobs. */
export type Window = { readonly fromMs: number; readonly toMs: number };

/** What of a reservation may be changed; absent: left as it is. */
export type ReservationChange = {
  readonly startMs?: TimeMs;
  readonly durationMs?: number;
  readonly nodes?: readonly NodeName[];
  readonly users?: readonly string[];
  readonly accounts?: readonly string[];
  /** Null: no more. */
  readonly repeat?: ReservationRepeat | null;
  readonly maintenance?: boolean;
};

export const MOST_RESERVATIONS = 1_000;
