import type { pibatch } from '../../proto/codec.ts';
import { waitsText } from '../model/dependency.ts';
import type { NodeName } from '../model/ids.ts';
import type { Job } from '../model/job.ts';
import type { Attempt } from '../model/part.ts';
import type { RankChoice } from '../model/rankChoice.ts';
import type { PendingReason } from '../model/reason.ts';
import { jobStateName } from '../model/stateName.ts';
import { readAsked } from './asked.ts';
import type { JobRecord, PartRecord, UsageRecord } from './historyRecord.ts';
import { programText } from './programText.ts';
import { usageRecordMessage } from './rankUsage.ts';
import { reasonText } from './reasonText.ts';
import { taskRanges } from './taskRanges.ts';
import { wishesMessage } from './wishes.ts';

/** A job as `piqueue` and `piacct` show it: from memory while it lives, then from the history. */
type Row = pibatch.JobRow.$Properties;

export type LiveDetails = {
  /** The attempt's share done, 0..1, as rank 0 says. */
  readonly progress: number | undefined;
  /** Of a pending job, with today's numbers. */
  readonly reason: PendingReason | undefined;
  /** Of a pending job, as the last pass foretold. */
  readonly expectedStartMs: number | undefined;
  node(name: NodeName): { readonly model: string; readonly weight: number } | undefined;
};

export function liveJobRow(job: Job, details: LiveDetails): Row {
  const { request, state, task } = job;
  const attempt = state.kind === 'active' ? state.attempt : undefined;
  const wishes = wishesMessage(request);
  const arrayJob = task?.array ?? (request.array ? job.id : undefined);
  return {
    job: job.id,
    ...(arrayJob !== undefined && { arrayJob }),
    ...(task && { arrayTask: task.index }),
    pendingTasks: taskRanges(job.pendingTasks, request.array?.throttle),
    name: request.name,
    user: job.user,
    account: request.account,
    partition: request.partition,
    state: jobStateName(job),
    reason: details.reason?.kind ?? 'None',
    reasonText: details.reason ? reasonText(details.reason) : '',
    ranks: request.ranks,
    cores: request.ranks * request.coresPerRank,
    memoryBytes: request.ranks * request.memoryPerRankBytes,
    timeLimitMs: request.timeLimitMs,
    submittedMs: job.submittedMs,
    ...(state.kind === 'pending' && { eligibleMs: state.eligibleMs }),
    ...(details.expectedStartMs !== undefined && { expectedStartMs: details.expectedStartMs }),
    ...(attempt && { startedMs: attempt.startedMs }),
    nodes: attempt ? attempt.parts.map(({ node }) => node) : [],
    attempt: attempt?.number ?? job.restarts,
    ...(details.progress !== undefined && { progress: details.progress }),
    ...(request.size !== undefined && { size: request.size }),
    group: request.group ?? '',
    comment: request.comment ?? '',
    schedule: job.schedule ?? '',
    parts: attempt ? livePartRows(attempt, details) : [],
    program: programText(request.program),
    dependency: job.waitsFor ? waitsText(job.waitsFor) : '',
    ...(wishes && { wishes }),
    ...(attempt?.choice && { choice: choiceMessage(attempt.choice) }),
    ...(attempt && suspensionFields(attempt)),
    ...(job.checkpoint && {
      checkpoint: job.checkpoint.sequence,
      checkpointMs: job.checkpoint.storedMs,
    }),
  };
}

const suspensionFields = ({ suspension, suspendedMs = 0 }: Attempt): Row => ({
  suspendedMs,
  ...(suspension && { suspendedSinceMs: suspension.sinceMs, suspendedBy: suspension.by }),
});

export const choiceMessage = ({
  ranks,
  reason,
  model,
}: RankChoice): pibatch.RankChoice.$Properties => ({ ranks, reason, ...model });

function livePartRows(attempt: Attempt, details: LiveDetails): pibatch.PartRow.$Properties[] {
  return attempt.parts.map((part, index) => ({
    attempt: attempt.number,
    part: index,
    node: part.node,
    model: details.node(part.node)?.model ?? '',
    weight: details.node(part.node)?.weight ?? 1,
    firstRank: part.firstRank,
    ranks: part.ranks,
    cores: part.cores.length,
    ...(part.state.kind === 'running' && { startedMs: part.state.startedMs }),
    ...(part.state.kind === 'ended' && {
      endedMs: part.state.endedMs,
      elapsedMs: part.state.end.elapsedMs,
      outcome: part.state.end.outcome.kind,
    }),
  }));
}

export function finishedJobRow(
  record: JobRecord,
  parts: readonly PartRecord[],
  usage: readonly UsageRecord[],
): Row {
  const asked = readAsked(record.asked);
  const wishes = wishesMessage(asked.wishes);
  const last = parts.filter(({ attempt }) => attempt === record.attempt);
  return {
    job: record.job,
    ...(record.array_job !== null && { arrayJob: record.array_job }),
    ...(record.array_task !== null && { arrayTask: record.array_task }),
    name: record.name,
    user: record.user,
    account: record.account,
    partition: record.partition,
    state: record.state,
    reason: record.reason ?? 'None',
    ranks: record.ranks,
    cores: record.cores,
    memoryBytes: record.memory_bytes,
    timeLimitMs: record.time_limit_ms,
    submittedMs: record.submitted_ms,
    ...(record.eligible_ms !== null && { eligibleMs: record.eligible_ms }),
    ...(record.started_ms !== null && { startedMs: record.started_ms }),
    ...(record.ended_ms !== null && { endedMs: record.ended_ms }),
    exit: { code: record.exit_code ?? 0, signal: record.exit_signal ?? 0 },
    message: record.message ?? '',
    nodes: last.map(({ node }) => node),
    attempt: record.attempt,
    ...(record.size !== null && { size: record.size }),
    group: record.sweep ?? '',
    comment: record.comment ?? '',
    cancelledBy: record.cancelled_by ?? '',
    schedule: record.schedule ?? '',
    parts: parts.map((part) => partRow(part, usage)),
    suspendedMs: Math.max(0, ...last.map((part) => part.suspended_ms ?? 0)),
    program: record.program,
    dependency: asked.dependency,
    ...(asked.choice && { choice: choiceMessage(asked.choice) }),
    ...(wishes && { wishes }),
  };
}

function partRow(record: PartRecord, usage: readonly UsageRecord[]): pibatch.PartRow.$Properties {
  const own = usage.filter(
    ({ attempt, part }) => attempt === record.attempt && part === record.part,
  );
  return {
    attempt: record.attempt,
    part: record.part,
    node: record.node,
    model: record.model,
    weight: record.weight,
    firstRank: record.first_rank,
    ranks: record.ranks,
    cores: record.cores,
    startedMs: record.started_ms ?? 0,
    endedMs: record.ended_ms ?? 0,
    elapsedMs: record.elapsed_ms ?? 0,
    outcome: record.outcome ?? '',
    usage: own.map(usageRecordMessage),
    ...(record.peak_memory_bytes !== null && { peakMemoryBytes: record.peak_memory_bytes }),
    throttled: record.throttled === 1,
    ...(record.throttled_ms !== null && { throttledMs: record.throttled_ms }),
    suspendedMs: record.suspended_ms ?? 0,
    ...(record.energy_j !== null && { energyJoules: record.energy_j }),
    energyHow: record.energy_how ?? '',
    collectives: collectivesOf(record.collectives),
    ending: record.ending ?? '',
    ...(record.span_s !== null && { segments: segmentsOf(record) }),
  };
}

/** As history.ts has them made. */
function collectivesOf(json: string | null): pibatch.CollectiveUse.$Properties[] {
  const uses = JSON.parse(json ?? '[]') as readonly [string, number, number][];
  return uses.map(([kind, calls, seconds]) => ({ kind, calls, seconds }));
}

const segmentsOf = (record: PartRecord): pibatch.SegmentTotals.$Properties => ({
  spanSeconds: record.span_s ?? 0,
  usefulSeconds: record.useful_s ?? 0,
  criticalSeconds: record.critical_s ?? 0,
  serialSeconds: record.serial_s ?? 0,
  transferSeconds: record.transfer_s ?? 0,
  serialPhase: record.serial_phase ?? '',
});
