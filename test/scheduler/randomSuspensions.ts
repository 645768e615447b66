/** An operator's whims: running jobs stand still, and go on. */
import type { Turn } from '../../scheduler/machine/turn.ts';
import { jobId } from '../../scheduler/model/ids.ts';
import type { Job } from '../../scheduler/model/job.ts';
import type { Random } from '../../scheduler/sim/random.ts';

/** One at a time, and not beside reservations: a job that stands still may reach into one that it was to be over before. */
export function suspendOrResume({ view, record }: Turn, random: Random): void {
  const standing = [...view.jobs.values()].find(isSuspended);
  const job = standing ?? view.jobs.get(random.pick([...view.lookup.active]) ?? jobId(0));
  if (job?.state.kind !== 'active' || view.reservations.size > 0) return;
  const { number: attempt } = job.state.attempt;
  const kind = isSuspended(job) ? 'jobResumed' : 'jobSuspended';
  record({ kind, job: job.id, attempt, by: 'root' });
}

export const isSuspended = ({ state }: Job): boolean =>
  state.kind === 'active' && state.attempt.suspension !== undefined;
