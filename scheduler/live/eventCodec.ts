import type { Snapshot } from '../machine/snapshot.ts';
import type { Event } from '../model/event.ts';

/**
 * Events and snapshots as JSON, as the journal keeps them. What is read back was written by
 * this file in this or an older version; a body that does not parse is a damaged journal.
 */

export const encodeEvent = (event: Event): string => JSON.stringify(event);

/** Throws when the text is no event. */
export function decodeEvent(text: string): Event {
  const value: unknown = JSON.parse(text);
  if (typeof value !== 'object' || value === null || !('kind' in value) || !('atMs' in value))
    throw new Error(`not an event: ${text.slice(0, 80)}`);
  return value as Event;
}

export const encodeSnapshot = (snapshot: Snapshot): string => JSON.stringify(snapshot);

/** What snapshots of earlier versions did not hold yet. */
const ADDED_SINCE = { recentRunsMs: [], recentStarts: [], reservations: [], accountUse: [] };

/** Throws when the text is no snapshot. */
export function decodeSnapshot(text: string): Snapshot {
  const value: unknown = JSON.parse(text);
  if (typeof value !== 'object' || value === null || !('nextJobId' in value))
    throw new Error('the snapshot is not one');
  const snapshot: object = { ...ADDED_SINCE, ...value };
  return snapshot as Snapshot;
}
