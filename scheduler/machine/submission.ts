/** A job enters the queue. */
import type { RuntimeCurve } from '../../accounting/speedup/moldable.ts';
import type { ClusterView } from '../model/cluster.ts';
import type { Waits } from '../model/dependency.ts';
import type { JobId, RequestId, ScheduleName, UserName } from '../model/ids.ts';
import { jobId } from '../model/ids.ts';
import type { Job } from '../model/job.ts';
import type { Refusal } from '../model/refusal.ts';
import type { JobRequest } from '../model/request.ts';
import type { TimeMs } from '../model/time.ts';
import { timeMs } from '../model/time.ts';
import { waiting } from './applyJob.ts';
import { refuseValues } from './valueCheck.ts';
import { refuseSize, withinReach } from './sizeCheck.ts';
import type { Turn } from './turn.ts';

export type Submission = {
  readonly user: UserName;
  readonly requestId: RequestId;
  readonly request: JobRequest;
  readonly schedule: ScheduleName | undefined;
  readonly waitsFor?: Waits | undefined;
  readonly fromMs?: TimeMs;
  /** Of a moldable job, when anything is known of it. */
  readonly curve?: RuntimeCurve | undefined;
};

/** Records the job and returns its id; `refuseRequest` must have said nothing. */
export function submitJob(turn: Turn, submission: Submission): JobId {
  const { user, requestId, schedule, waitsFor, fromMs, curve } = submission;
  const request = withinReach(turn.view, submission.request);
  const id = jobId(turn.view.nextJobId);
  const eligibleMs = timeMs(Math.max(turn.atMs, request.beginMs ?? 0, fromMs ?? 0));
  const state = { kind: 'pending', hold: request.hold ? 'user' : 'none', eligibleMs } as const;
  const job: Job = {
    id,
    user,
    requestId,
    request,
    submittedMs: turn.atMs,
    task: undefined,
    pendingTasks: request.array?.indexes ?? [],
    schedule,
    restarts: 0,
    failedAttempts: 0,
    ...(waitsFor && { waitsFor }),
    ...(curve && request.ranksRange && { curve }),
    state: { ...state, reason: { kind: 'None' } },
  };
  turn.record({
    kind: 'jobSubmitted',
    job: { ...job, state: waiting(state, job, turn.atMs) },
  });
  return id;
}

/** Whether a repeated submission asks for what the job was made of. */
export const isSameRequest = (job: JobRequest, again: JobRequest): boolean =>
  JSON.stringify(again.ranksRange ? { ...again, ranks: job.ranks } : again) === JSON.stringify(job);

/** Why this request cannot be taken now; undefined when it can. */
export const refuseRequest = (view: ClusterView, request: JobRequest): Refusal | undefined =>
  refuseShape(view, request) ?? refuseCount(view);

/** Why this request can never run here; undefined when it can. */
export function refuseShape(view: ClusterView, request: JobRequest): Refusal | undefined {
  const { settings } = view;
  const partition = settings.partitions.find(({ name }) => name === request.partition);
  if (!partition) {
    const known = settings.partitions.map(({ name }) => name).join(', ');
    return { code: 'unknownPartition', partition: request.partition, known };
  }
  const { maxTimeMs } = partition;
  const { timeLimitMs } = request;
  if (maxTimeMs > 0 && (timeLimitMs === 0 || timeLimitMs > maxTimeMs)) {
    return { code: 'timeLimitTooLong', timeLimitMs, maximumMs: maxTimeMs };
  }
  return refuseValues(view, request) ?? refuseSize(view, request);
}

function refuseCount(view: ClusterView): Refusal | undefined {
  const limit = view.settings.maxLiveJobs;
  const live = view.jobs.size;
  return live < limit ? undefined : { code: 'tooManyJobs', limit, live };
}
