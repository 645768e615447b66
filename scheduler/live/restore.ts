import { apply } from '../machine/apply.ts';
import { createCluster } from '../machine/cluster.ts';
import { clusterFrom } from '../machine/snapshot.ts';
import type { Cluster, Settings } from '../model/cluster.ts';
import { type TimeMs, timeMs } from '../model/time.ts';
import type { Journal } from './journal.ts';
import { JournalError } from './journalError.ts';

export type Restored = {
  readonly cluster: Cluster;
  /** The time of the last fact, before which the clock may not go. */
  readonly newestMs: TimeMs;
  /** How many events were folded. */
  readonly events: number;
};

/**
 * Newest snapshot + fold of later events. Throws JournalError when the journal contradicts
 * itself.
 */
export function restoreCluster(journal: Journal, settings: Settings): Restored {
  try {
    const { kept, events } = journal.read();
    const cluster = kept
      ? clusterFrom(settings, kept.snapshot, kept.atMs)
      : createCluster(settings, 1);
    let newestMs = kept?.atMs ?? timeMs(0);
    let count = 0;
    for (const event of events) {
      apply(cluster, event);
      newestMs = event.atMs;
      count += 1;
    }
    return { cluster, newestMs, events: count };
  } catch (cause) {
    const text = cause instanceof Error ? cause.message : String(cause);
    throw new JournalError(
      journal.path,
      `the journal cannot be replayed (${text}); it was left as it is`,
      { cause },
    );
  }
}
