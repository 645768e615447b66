import type { Cluster } from '../model/cluster.ts';
import type { Event } from '../model/event.ts';
import { type TimeMs, timeMs } from '../model/time.ts';
import { decodeClusterInto } from './eventCodec.ts';
import type { Journal } from './journal.ts';
import { JournalError } from './journalError.ts';

/** What a restart needs of the machine. */
export type Rebuild = {
  apply(cluster: Cluster, event: Event): void;
  rebuildLookup(cluster: Cluster, atMs: TimeMs): void;
};

/**
 * Newest snapshot + fold of later events. Returns the time of the last fact, before which the
 * clock may not go. Throws JournalError when the journal contradicts itself.
 */
export function restoreCluster(
  journal: Journal,
  empty: Cluster,
  machine: Rebuild,
): { readonly newestMs: TimeMs; readonly events: number } {
  let newestMs = timeMs(0);
  let events = 0;
  try {
    const kept = journal.read();
    if (kept.snapshot) {
      newestMs = timeMs(kept.snapshot.atMs);
      decodeClusterInto(empty, kept.snapshot.body);
      machine.rebuildLookup(empty, newestMs);
    }
    for (const event of kept.events) {
      machine.apply(empty, event);
      newestMs = event.atMs;
      events += 1;
    }
  } catch (cause) {
    if (cause instanceof JournalError) throw cause;
    const text = cause instanceof Error ? cause.message : String(cause);
    throw new JournalError(
      journal.path,
      `the journal cannot be replayed (${text}); it was left as it is`,
      { cause },
    );
  }
  return { newestMs, events };
}
