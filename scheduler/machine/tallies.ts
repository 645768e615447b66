/** The running sums that limits are checked against; used by lookup.ts. */
import type { Job } from '../model/job.ts';
import type { Lookup } from '../model/lookup.ts';
import { tallyKeys, tallyOf } from '../policy/tally.ts';

/** The job is now this one, or gone. */
export function retally(lookup: Lookup, before: Job | undefined, now: Job | undefined): void {
  if (before && now && sameTally(before, now)) return;
  if (before) count(lookup, before, -1);
  if (now) count(lookup, now, 1);
}

const sameTally = (a: Job, b: Job): boolean =>
  a.request === b.request &&
  a.state.kind === b.state.kind &&
  a.pendingTasks.length === b.pendingTasks.length;

function count({ tallies }: Lookup, job: Job, sign: 1 | -1): void {
  const { submitted, running, cores } = tallyOf(job);
  for (const key of tallyKeys(job)) {
    const tally = tallies.get(key) ?? { submitted: 0, running: 0, cores: 0 };
    tally.submitted += sign * submitted;
    tally.running += sign * running;
    tally.cores += sign * cores;
    if (tally.submitted === 0) tallies.delete(key);
    else tallies.set(key, tally);
  }
}
