import type Database from 'better-sqlite3';
import type { Event } from '../model/event.ts';
import type { PartId } from '../model/ids.ts';
import type { Job } from '../model/job.ts';
import type { PartEnd, StoredBytes } from '../model/outcome.ts';
import type { Part } from '../model/part.ts';
import type { JobRequest } from '../model/request.ts';
import type { ScheduleRun } from '../model/schedule.ts';
import { askedJson } from './asked.ts';
import { prepareStatements } from './projectionSql.ts';
import { programText } from './programText.ts';

/**
 * Writes what an event means into the history tables, inside the transaction that journals it.
 * A function of the event and the tables only, so that replaying a journal rebuilds them.
 * The schema's guards throw on a fact that must not be; the caller then ends the process.
 */
export function prepareProjection(database: Database.Database): (event: Event) => void {
  const sql = prepareStatements(database);

  const submitted = (job: Job): void => {
    const { request, state } = job;
    sql.insertJob.run({
      job: job.id,
      user: job.user,
      arrayJob: job.task?.array ?? (request.array ? job.id : null),
      arrayTask: job.task?.index ?? null,
      sweep: request.group ?? null,
      schedule: job.schedule ?? null,
      program: programText(request.program),
      size: request.size ?? null,
      ...changeable(request),
      submittedMs: job.submittedMs,
      eligibleMs: state.kind === 'pending' && state.hold === 'none' ? state.eligibleMs : null,
    });
    sql.insertRequest.run({
      user: job.user,
      requestId: job.requestId,
      job: job.id,
      atMs: job.submittedMs,
    });
  };

  const allocated = (event: Extract<Event, { kind: 'jobAllocated' }>): void => {
    const { job, attempt, atMs } = event;
    sql.insertAttempt.run({ job, attempt, atMs });
    sql.startJob.run({ job, attempt, atMs });
    const { choice } = event;
    if (choice) sql.moldJob.run({ job, ranks: choice.ranks, choice: JSON.stringify(choice) });
    if (event.foretold) sql.insertEstimate.run({ job, attempt, atMs, ...event.foretold });
    for (const [index, part] of event.parts.entries())
      partAllocated({ job, attempt, part: index }, part);
  };

  const partAllocated = (id: PartId, part: Part): void => {
    sql.insertPart.run({
      ...id,
      node: part.node,
      epoch: part.epoch,
      firstRank: part.firstRank,
      ranks: part.ranks,
      cores: part.cores.length,
      memoryBytes: part.memoryBytes,
    });
    for (const core of part.cores) sql.holdCore.run({ ...id, node: part.node, core });
  };

  const partEnded = (id: PartId, end: PartEnd, atMs: number): void => {
    const key = { job: id.job, attempt: id.attempt, part: id.part };
    sql.endPart.run({
      ...key,
      atMs,
      elapsedMs: end.elapsedMs,
      outcome: end.outcome.kind,
      peakMemoryBytes: end.peakMemoryBytes ?? null,
      throttled: end.throttled ? 1 : 0,
      throttledMs: end.throttledMs ?? null,
      energyJoules: end.energy?.joules ?? null,
      energyHow: end.energy?.how ?? null,
      suspendedMs: end.suspendedMs ?? null,
    });
    for (const use of end.collectives ?? []) sql.insertCollective.run({ ...key, ...use });
    sql.releaseCores.run(key);
    for (const usage of end.usage)
      sql.insertUsage.run({
        ...key,
        ...usage,
        peakMemoryBytes: usage.peakMemoryBytes ?? null,
        usefulMs: usage.usefulMs ?? null,
        blockedMs: usage.blockedMs ?? null,
        exitCode: usage.exit.code,
        exitSignal: usage.exit.signal,
      });
    if (end.segments)
      sql.insertSegments.run({
        ...key,
        ...end.segments,
        serialPhase: end.segments.serialPhase ?? null,
      });
    if (end.result) store(id, { kind: 'result', position: 0, stored: end.result });
    for (const [position, stored] of end.output.entries())
      store(id, { kind: 'output', position, stored });
    for (const [position, stored] of end.files.entries())
      store(id, { kind: 'file', position, stored });
  };

  const store = (
    id: PartId,
    entry: { readonly kind: string; readonly position: number; readonly stored: StoredBytes },
  ): void => {
    const { content, ...stored } = entry.stored;
    sql.insertStored.run({
      job: id.job,
      attempt: id.attempt,
      kind: entry.kind,
      name: stored.name,
      position: id.part * 100_000 + entry.position,
      sizeBytes: stored.sizeBytes,
      truncated: stored.truncated ? 1 : 0,
      inline: content.kind === 'inline' ? Buffer.from(content.base64, 'base64') : null,
      sha256: content.kind === 'blob' ? content.sha256 : null,
      missing: content.kind === 'missing' ? content.why : null,
    });
  };

  const ran = (key: { readonly user: string; readonly name: string }, run: ScheduleRun): void => {
    sql.insertRun.run({
      user: key.user,
      name: key.name,
      dueMs: run.dueMs,
      what: run.what.kind,
      job:
        run.what.kind === 'submitted'
          ? run.what.job
          : run.what.kind === 'skippedOverlap'
            ? run.what.live
            : null,
      count: run.what.kind === 'skippedMissed' ? run.what.count : null,
      code: run.what.kind === 'refused' ? run.what.code : null,
    });
  };

  return (event) => {
    switch (event.kind) {
      case 'jobSubmitted':
        return submitted(event.job);
      case 'arrayTaskSplit':
        if (event.job === event.array) sql.nameTask.run({ job: event.job, task: event.index });
        else sql.splitTask.run({ job: event.job, array: event.array, task: event.index });
        return;
      case 'jobUpdated':
        sql.updateJob.run({
          ...changeable(event.request),
          job: event.job,
          eligibleMs: event.eligibleMs ?? null,
        });
        return;
      case 'jobReleased':
        sql.makeEligible.run({ job: event.job, atMs: event.atMs });
        return;
      case 'jobAllocated':
        return allocated(event);
      case 'partStarted':
        sql.startPart.run({
          job: event.part.job,
          attempt: event.part.attempt,
          part: event.part.part,
          atMs: event.startedMs,
        });
        return;
      case 'partEnded':
        return partEnded(event.part, event.end, event.atMs);
      case 'jobRequeued':
        sql.closeAttempt.run({ job: event.job, atMs: event.atMs, ending: event.why });
        sql.makeEligible.run({ job: event.job, atMs: event.eligibleMs });
        return;
      case 'jobFinished':
        sql.closeAttempt.run({ job: event.job, atMs: event.atMs, ending: event.end.reason });
        sql.finishJob.run({
          job: event.job,
          atMs: event.atMs,
          state: event.end.state,
          exitCode: event.end.exit.code,
          exitSignal: event.end.exit.signal,
          reason: event.end.reason,
          message: event.end.message ?? null,
          cancelledBy: event.end.cancelledBy ?? null,
        });
        return;
      case 'nodeJoined':
      case 'nodeChanged':
        sql.putNode.run({
          node: event.node,
          model: event.facts.model,
          weight: event.facts.weight,
        });
        return;
      case 'clusterRestored':
        sql.beginGeneration.run({ generation: event.generation });
        return;
      case 'scheduleRan':
        return ran(event, event.run);
      default:
        // The rest changes the live cluster only.
        return;
    }
  };
}

/** The columns that an update may change. */
const changeable = (request: JobRequest) => ({
  name: request.name,
  account: request.account,
  partition: request.partition,
  comment: request.comment ?? null,
  ranks: request.ranks,
  cores: request.ranks * request.coresPerRank,
  memoryBytes: request.ranks * request.memoryPerRankBytes,
  timeLimitMs: request.timeLimitMs,
  asked: askedJson(request),
});
