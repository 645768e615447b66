/** What events do to attempts and their parts. */
import type { Cluster } from '../model/cluster.ts';
import type { Event } from '../model/event.ts';
import type { JobId, PartId } from '../model/ids.ts';
import { partKey } from '../model/ids.ts';
import type { Job } from '../model/job.ts';
import type { Attempt, Part, PartState } from '../model/part.ts';
import type { RankChoice } from '../model/rankChoice.ts';
import { nextAttempt } from '../model/restoring.ts';
import { settleSuspension } from '../model/suspension.ts';
import { SECOND_MS } from '../model/time.ts';
import type { TimeMs } from '../model/time.ts';
import { predictedArea } from '../policy/prediction.ts';
import { sizeClass, STARTS_KEPT } from '../policy/recentStarts.ts';
import { releaseCores, takeCores } from './holdings.ts';
import { ensure, existing } from './invariantError.ts';
import { outdatePlan, putJob } from './lookup.ts';

type PartEvent = Extract<
  Event,
  {
    kind:
      | 'jobAllocated'
      | 'partStarted'
      | 'partEnded'
      | 'attemptEnding'
      | 'checkpointStored'
      | 'checkpointCompleted'
      | 'partAccepted'
      | 'partWired'
      | 'launchResent';
  }
>;
type Of<K extends PartEvent['kind']> = PartEvent & { kind: K };

export function applyPart(cluster: Cluster, event: PartEvent): void {
  switch (event.kind) {
    case 'jobAllocated':
      return allocated(cluster, event);
    case 'partStarted':
      return changePart(cluster, event.part, event.atMs, (state) => started(state, event));
    case 'partEnded':
      return ended(cluster, event);
    case 'attemptEnding': {
      const { job, attempt } = activeAttempt(cluster, event.job, event.attempt);
      return putAttempt(cluster, job, { ...attempt, ending: event.ending }, event.atMs);
    }
    case 'checkpointStored':
      return checkpointStored(cluster, event);
    case 'checkpointCompleted': {
      const job = existing(cluster.jobs.get(event.job), `job ${event.job}`);
      return putJob(cluster, { ...job, checkpoint: event.checkpoint }, event.atMs);
    }
    case 'partWired':
      return changePart(cluster, event.part, event.atMs, (state) =>
        state.kind === 'running' ? { ...state, wiredMs: event.atMs } : state,
      );
    case 'partAccepted':
    case 'launchResent':
      return changePart(cluster, event.part, event.atMs, (state) => launching(state, event));
  }
}

function allocated(cluster: Cluster, event: Of<'jobAllocated'>): void {
  const { choice } = event;
  const job = molded(existing(cluster.jobs.get(event.job), `job ${event.job}`), choice);
  ensure(job.state.kind === 'pending', `job ${job.id} holds an allocation already`);
  cluster.lookup.told.delete(job.task?.array ?? job.id);
  const due = nextAttempt(cluster.generation, job.restarts);
  ensure(event.attempt === due, `attempt ${event.attempt} of job ${job.id}`);
  const { attempt: number, parts, limitMs, atMs } = event;
  const said = { ...(limitMs !== undefined && { limitMs }), ...(choice && { choice }) };
  const attempt = { number, startedMs: atMs, parts, ...said, ending: undefined };
  rememberStart(cluster, job, atMs);
  putAttempt(cluster, job, attempt, atMs);
  for (const index of parts.keys()) takeCores(cluster, job.id, number, index);
}

const molded = (job: Job, choice: RankChoice | undefined): Job =>
  choice ? { ...job, request: { ...job.request, ranks: choice.ranks } } : job;

function rememberStart(cluster: Cluster, job: Job, atMs: TimeMs): void {
  if (job.state.kind !== 'pending') return;
  const waitS = Math.max(0, Math.round((atMs - job.state.eligibleMs) / SECOND_MS));
  cluster.recentStarts.push([sizeClass(predictedArea(cluster, job, atMs)), waitS]);
  if (cluster.recentStarts.length > STARTS_KEPT) cluster.recentStarts.shift();
}

function checkpointStored(cluster: Cluster, event: Of<'checkpointStored'>): void {
  const { job, attempt } = activeAttempt(cluster, event.part.job, event.part.attempt);
  const known = attempt.checkpoints ?? attempt.parts.map(() => null);
  const checkpoints = known.with(event.part.part, event.checkpoint);
  putAttempt(cluster, job, { ...attempt, checkpoints }, event.atMs);
}

function started(state: PartState, event: Of<'partStarted'>): PartState {
  ensure(state.kind === 'launching', `part ${partKey(event.part)} has started before`);
  const { startedMs, seen, listens } = event;
  return { kind: 'running', startedMs, seen, listens };
}

function ended(cluster: Cluster, event: Of<'partEnded'>): void {
  const { job, attempt, part } = event.part;
  outdatePlan(cluster.lookup);
  releaseCores(cluster, job, attempt, part);
  changePart(cluster, event.part, event.atMs, (state) => {
    ensure(state.kind !== 'ended', `part ${partKey(event.part)} has ended before`);
    const listens = state.kind === 'running' ? state.listens : undefined;
    return { kind: 'ended', endedMs: event.atMs, end: event.end, listens };
  });
  const left = activeAttempt(cluster, job, attempt);
  if (left.attempt.suspension)
    putAttempt(cluster, left.job, settleSuspension(left.attempt, event.atMs), event.atMs);
}

function launching(state: PartState, event: Of<'partAccepted' | 'launchResent'>): PartState {
  if (state.kind !== 'launching') return state;
  if (event.kind === 'partAccepted') return { ...state, accepted: true };
  return { ...state, sentMs: event.atMs };
}

export function activeAttempt(cluster: Cluster, id: JobId, number: number): ActiveJob {
  const job = existing(cluster.jobs.get(id), `job ${id}`);
  ensure(job.state.kind === 'active', `job ${id} holds no allocation`);
  const { attempt } = job.state;
  ensure(attempt.number === number, `job ${id} is at attempt ${attempt.number}, not ${number}`);
  return { job, attempt };
}
type ActiveJob = { readonly job: Job; readonly attempt: Attempt };

export function putAttempt(cluster: Cluster, job: Job, attempt: Attempt, atMs: TimeMs): void {
  putJob(cluster, { ...job, state: { kind: 'active', attempt } }, atMs);
}

export function changePart(
  cluster: Cluster,
  id: PartId,
  atMs: TimeMs,
  change: (state: PartState) => PartState,
): void {
  const { job, attempt } = activeAttempt(cluster, id.job, id.attempt);
  const part: Part = existing(attempt.parts[id.part], `part ${partKey(id)}`);
  const parts = attempt.parts.with(id.part, { ...part, state: change(part.state) });
  putAttempt(cluster, job, { ...attempt, parts }, atMs);
}
