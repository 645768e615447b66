/** A job enters the queue. */
import type { ClusterView } from '../model/cluster.ts';
import type { Waits } from '../model/dependency.ts';
import type { JobId, RequestId, ScheduleName, UserName } from '../model/ids.ts';
import { jobId } from '../model/ids.ts';
import type { Job } from '../model/job.ts';
import type { Refusal } from '../model/refusal.ts';
import type { JobRequest } from '../model/request.ts';
import type { TimeMs } from '../model/time.ts';
import { timeMs } from '../model/time.ts';
import { largestRanks } from '../policy/placement.ts';
import { waiting } from './applyJob.ts';
import type { Turn } from './turn.ts';

export type Submission = {
  readonly user: UserName;
  readonly requestId: RequestId;
  readonly request: JobRequest;
  readonly schedule: ScheduleName | undefined;
  readonly waitsFor?: Waits | undefined;
  readonly fromMs?: TimeMs;
};

/** Records the job and returns its id; `refuseRequest` must have said nothing. */
export function submitJob(turn: Turn, submission: Submission): JobId {
  const { user, requestId, request, schedule, waitsFor, fromMs } = submission;
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
    state: { ...state, reason: { kind: 'None' } },
  };
  turn.record({
    kind: 'jobSubmitted',
    job: { ...job, state: waiting(state, job, turn.atMs) },
  });
  return id;
}

/** Why this request can never run here; undefined when it can. */
export function refuseRequest(view: ClusterView, request: JobRequest): Refusal | undefined {
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
  return refuseValues(view, request) ?? refuseSize(view, request) ?? refuseCount(view);
}

function refuseCount(view: ClusterView): Refusal | undefined {
  const limit = view.settings.maxLiveJobs;
  const live = view.jobs.size;
  return live < limit ? undefined : { code: 'tooManyJobs', limit, live };
}

function refuseSize(view: ClusterView, request: JobRequest): Refusal | undefined {
  if (view.nodes.size === 0) return { code: 'noNodes' };
  const { ranks, coresPerRank, memoryPerRankBytes } = request;
  const largest = largestRanks(view, request);
  if (ranks <= largest) return undefined;
  const nodes = view.nodes.size;
  return {
    code: 'neverFits',
    ranks,
    coresPerRank,
    memoryPerRankBytes,
    largestRanks: largest,
    nodes,
  };
}

function refuseValues(view: ClusterView, request: JobRequest): Refusal | undefined {
  const { ranks, coresPerRank, memoryPerRankBytes, timeLimitMs } = request;
  const whole = [
    ['ranks', ranks, 1],
    ['cores-per-rank', coresPerRank, 1],
    ['memory-per-rank', memoryPerRankBytes, 0],
    ['time', timeLimitMs, 0],
  ] as const;
  for (const [field, value, least] of whole) {
    if (Number.isSafeInteger(value) && value >= least) continue;
    return badValue(field, value, `a whole number of at least ${least}`);
  }
  return request.array ? refuseArray(view, request.array) : undefined;
}

function refuseArray(
  view: ClusterView,
  array: NonNullable<JobRequest['array']>,
): Refusal | undefined {
  const { indexes, throttle } = array;
  const limit = view.settings.maxArrayTasks;
  if (indexes.length === 0) return badValue('array', '', 'at least one task');
  if (indexes.length > limit) {
    return badValue('array', `${indexes.length} tasks`, `at most ${limit} tasks`);
  }
  for (const [at, index] of indexes.entries()) {
    const fine = Number.isSafeInteger(index) && index >= 0 && index > (indexes[at - 1] ?? -1);
    if (!fine) return badValue('array', index, 'ascending whole numbers of at least 0');
  }
  const fine = throttle === undefined || (Number.isSafeInteger(throttle) && throttle >= 1);
  return fine ? undefined : badValue('array', `%${throttle}`, 'at least 1 task at once');
}

const badValue = (field: string, value: number | string, limit: string): Refusal => ({
  code: 'badValue',
  field,
  value: String(value),
  limit,
});
