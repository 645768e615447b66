/** `update`: a waiting job asks for something else, with the checks of a submission. */
import type { Waits } from '../model/dependency.ts';
import { termText } from '../model/dependency.ts';
import type { Answer } from '../model/effect.ts';
import { jobId } from '../model/ids.ts';
import type { Input } from '../model/input.ts';
import type { Job } from '../model/job.ts';
import type { JobChanges } from '../model/jobChanges.ts';
import { applyChanges, changedKeys } from '../model/jobChanges.ts';
import type { Refusal } from '../model/refusal.ts';
import type { JobRequest } from '../model/request.ts';
import { jobStateName } from '../model/stateName.ts';
import type { TimeMs } from '../model/time.ts';
import { timeMs } from '../model/time.ts';
import { familyOf, nameKey } from '../policy/dependency.ts';
import { pendingJobs } from './acceptJobCommand.ts';
import { checkDependency } from './dependencyCheck.ts';
import { tellDependents } from './finish.ts';
import { refuseLimit } from './limitChange.ts';
import { refuseUse } from './permission.ts';
import { refuseReservation } from './reservationUse.ts';
import { refuseShape } from './submission.ts';
import { withinReach } from './sizeCheck.ts';
import { findTargets } from './target.ts';
import type { Turn } from './turn.ts';
import { refuseDeadline, refuseNice } from './valueCheck.ts';

type Update = Extract<Input, { kind: 'update' }>;

/** What may change when the job has its nodes. */
const WHILE_RUNNING: ReadonlySet<string> = new Set(['name', 'comment', 'time']);

export function acceptUpdate(turn: Turn, input: Update): Answer {
  const targets = findTargets(turn.view, input.by, input.target);
  if ('refusal' in targets) return refused(targets.refusal);
  const { waiting } = targets;
  const pending = targets.jobs.filter(({ state }) => state.kind === 'pending');
  const active = targets.jobs.filter(({ state }) => state.kind === 'active');
  const inert = changedKeys(input.changes).every((field) => WHILE_RUNNING.has(field));
  const waitingJobs = waiting ? [waiting.record, ...pending] : pending;
  for (const job of inert ? [...waitingJobs, ...active] : waitingJobs) {
    const checked = check(turn, job, input);
    if ('refusal' in checked) return refused(checked.refusal);
  }
  const [running] = active;
  if (waitingJobs.length === 0 && running && !inert) return refused(notNow(running, input.changes));
  const jobs = [...pendingJobs(turn, targets), ...(inert ? active : [])];
  for (const job of jobs) change(turn, job, input);
  return { kind: 'done', jobs: jobs.map(({ id }) => id) };
}

const refused = (refusal: Refusal): Answer => ({ kind: 'refused', refusal });

const notNow = (job: Job, changes: JobChanges): Refusal => ({
  code: 'notWhileRunning',
  job: job.id,
  state: jobStateName(job),
  field: changedKeys(changes).find((field) => !WHILE_RUNNING.has(field)) ?? '',
  allowed: [...WHILE_RUNNING].join(', '),
});

type Waiting = { readonly waitsFor: Waits | undefined; readonly fromMs: TimeMs } | undefined;
type Checked =
  | { readonly refusal: Refusal }
  /** `waiting`: what it waits for anew, when that was changed. */
  | { readonly request: JobRequest; readonly waiting: Waiting };

function check(turn: Turn, job: Job, { changes, by, parents = [] }: Update): Checked {
  const { view, atMs } = turn;
  const changed = applyChanges(job.request, changes);
  const request = job.state.kind === 'active' ? changed : withinReach(view, changed);
  if (changes.throttle !== undefined && !request.array) {
    const value = `%${changes.throttle}`;
    return badValue('array-throttle', value, `left out: job ${job.id} is no array`);
  }
  if (job.state.kind === 'active') {
    const { timeLimitMs } = changes.set;
    const refusal =
      timeLimitMs === undefined ? undefined : refuseLimit(view, job, { timeLimitMs, by, atMs });
    return refusal ? { refusal } : { request, waiting: undefined };
  }
  const asked = { request, user: job.user, parents };
  const refusal =
    refuseShape(view, request) ??
    ('nice' in changes.set ? refuseNice(request, by) : undefined) ??
    refuseDeadline(request, atMs) ??
    refuseReservation(view, request, { user: job.user, atMs }) ??
    refuseUse(view, { ...asked, instead: job });
  if (refusal) return { refusal };
  if (!('dependency' in changes.set)) {
    const free = changes.clear.includes('dependency');
    return { request, waiting: free ? { waitsFor: undefined, fromMs: atMs } : undefined };
  }
  const wrong = changes.set.dependency?.terms.find(
    (term) => term.kind === 'aftercorr' || (term.kind !== 'singleton' && term.job >= familyOf(job)),
  );
  if (wrong) {
    const limit = `on jobs older than job ${job.id}, and not aftercorr, which is said at submission`;
    return badValue('dependency', termText(wrong), limit);
  }
  const checked = checkDependency(view, asked);
  return checked.kind === 'refused' ? checked : { request, waiting: checked };
}

const badValue = (field: string, value: string, limit: string): Checked => ({
  refusal: { code: 'badValue', field, value, limit },
});

function change(turn: Turn, job: Job, input: Update): void {
  const checked = check(turn, job, input);
  if ('refusal' in checked) return;
  const { request, waiting } = checked;
  const waitsFor = waiting ? waiting.waitsFor : job.waitsFor;
  turn.record({
    kind: 'jobUpdated',
    job: job.id,
    request,
    ...(waitsFor && { waitsFor }),
    ...(job.state.kind === 'pending' && {
      eligibleMs: eligible(turn, { request, waiting, beforeMs: job.state.eligibleMs }, input),
    }),
  });
  if (request.name === job.request.name) return;
  freeNamesakes(turn, job, job.request.name);
  freeNamesakes(turn, job, request.name);
}

function eligible(
  turn: Turn,
  job: { readonly request: JobRequest; readonly waiting: Waiting; readonly beforeMs: TimeMs },
  { changes }: Update,
): TimeMs {
  const begins = 'beginMs' in changes.set || changes.clear.includes('beginMs');
  if (!begins && !job.waiting) return job.beforeMs;
  return timeMs(Math.max(turn.atMs, job.request.beginMs ?? 0, job.waiting?.fromMs ?? 0));
}

/** A singleton of the name that the job had waits for it no longer; of its new name it may be the oldest. */
function freeNamesakes(turn: Turn, { user }: Job, name: string): void {
  if (!turn.view.lookup.dependents.has(nameKey(user, name))) return;
  tellDependents(turn, [{ family: jobId(0), tasks: [], user, name, how: 'completed' }]);
}
