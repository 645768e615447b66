/** Operators stop the ranks of running jobs, and let them go on. */
import type { Answer } from '../model/effect.ts';
import type { PartId } from '../model/ids.ts';
import type { Input } from '../model/input.ts';
import type { Job } from '../model/job.ts';
import type { Refusal } from '../model/refusal.ts';
import { jobStateName } from '../model/stateName.ts';
import { attemptOf } from './attempt.ts';
import { existing } from './invariantError.ts';
import { findTargets } from './target.ts';
import type { Turn } from './turn.ts';

type SuspensionOrder = Extract<Input, { kind: 'suspend' | 'resumeJob' }>;

const WANTED = { suspend: 'RUNNING', resumeJob: 'SUSPENDED' } as const;

/** Of an array: all tasks to which it applies, if there is one. */
export function acceptSuspension(turn: Turn, { kind, by, target }: SuspensionOrder): Answer {
  const verb = kind === 'suspend' ? 'suspend' : 'resume';
  if (by.role === 'user') return refused({ code: 'notAllowed', verb, role: by.role });
  const targets = findTargets(turn.view, by, target);
  if ('refusal' in targets) return refused(targets.refusal);
  const jobs = targets.jobs.filter((job) => jobStateName(job) === WANTED[kind]);
  if (jobs.length === 0) {
    const job = existing(targets.jobs[0] ?? targets.waiting?.record, 'target');
    const code = kind === 'suspend' ? 'notSuspendable' : 'notSuspended';
    return refused({ code, job: job.id, state: jobStateName(job) });
  }
  for (const job of jobs) {
    const { number: attempt } = existing(attemptOf(job), `attempt of job ${job.id}`);
    const fact = { job: job.id, attempt, by: by.user };
    turn.record({ kind: kind === 'suspend' ? 'jobSuspended' : 'jobResumed', ...fact });
  }
  return { kind: 'done', jobs: jobs.map(({ id }) => id) };
}

const refused = (refusal: Refusal): Answer => ({ kind: 'refused', refusal });

/** A node says whether its part is stopped; that it should not be is told by the terms. */
export function hearSuspension(turn: Turn, id: PartId, stopped: boolean): void {
  const state = partState(turn.view.jobs.get(id.job), id.part);
  if (state?.kind !== 'running' || (state.stoppedMs !== undefined) === stopped) return;
  turn.record({ kind: stopped ? 'partSuspended' : 'partResumed', part: id });
}

const partState = (job: Job | undefined, part: number) => attemptOf(job)?.parts[part]?.state;
