import { snapshotOf } from '../machine/snapshot.ts';
import type { Cluster } from '../model/cluster.ts';
import { DAY_MS, HOUR_MS } from '../model/time.ts';
import type { Clock } from './clock.ts';
import type { Journal } from './journal.ts';
import { waitedFor } from './named.ts';

/** Longer than any client repeats a submit. */
const REQUESTS_KEPT_MS = 30 * DAY_MS;
/** Finished jobs that one turn removes. */
const PRUNE_JOBS = 200;

type UpkeepParts = {
  readonly cluster: Cluster;
  readonly journal: Journal;
  readonly clock: Clock;
};

/** Off the hot path: bounds the journal and the time a restart takes. */
export class Upkeep {
  readonly #parts: UpkeepParts;
  /** From when on finished jobs are looked at again. */
  #pruneMs = 0;

  constructor(parts: UpkeepParts) {
    this.#parts = parts;
  }

  /** Takes a snapshot if there are so many events since the last; returns whether more is to do. */
  run(afterEvents: number): boolean {
    const { journal, cluster, clock } = this.#parts;
    if (journal.counters.eventsSinceSnapshot >= afterEvents) {
      const atMs = clock.now();
      journal.keepSnapshot({ atMs, snapshot: snapshotOf(cluster) });
      journal.forgetRequests(atMs - REQUESTS_KEPT_MS);
    }
    const more = this.#pruneJobs();
    return journal.pruneSome() || more;
  }

  /** Once an hour, then until none is left; whether some may be. */
  #pruneJobs(): boolean {
    const { journal, cluster, clock } = this.#parts;
    const { jobsMs } = cluster.settings.retention ?? {};
    const atMs = clock.now();
    if (jobsMs === undefined || atMs < this.#pruneMs) return false;
    const keep = waitedFor(cluster);
    const pruned = journal.pruneJobs({ beforeMs: atMs - jobsMs, keep, most: PRUNE_JOBS });
    if (pruned < PRUNE_JOBS) this.#pruneMs = atMs + HOUR_MS;
    return pruned === PRUNE_JOBS;
  }
}
