import type { pibatch } from '../../proto/codec.ts';
import type { ClusterView } from '../model/cluster.ts';
import { jobId } from '../model/ids.ts';
import type { Job } from '../model/job.ts';
import { jobStateName } from '../model/stateName.ts';
import { isSuspended } from '../model/suspension.ts';
import { timeMs } from '../model/time.ts';
import { explain, type Suggestion } from '../policy/explain.ts';
import * as check from './fieldCheck.ts';
import type { JobSources } from './jobQuery.ts';
import { choiceMessage } from './jobRow.ts';
import { reasonText } from './reasonText.ts';

/** Why a job waits. Throws RefusedError for a job that is unknown or has ended. */
export function explanation(
  { cluster, history }: JobSources,
  wire: pibatch.ExplainJob.$Properties,
  nowMs: number,
): pibatch.Explanation.$Properties {
  const asked = check.integer('job', wire.job, { least: 1, most: Number.MAX_SAFE_INTEGER });
  const task = check.optionalInteger('task', wire.task, { least: 0, most: 0xffff_ffff });
  const job = task === undefined ? cluster.jobs.get(jobId(asked)) : taskOf(cluster, asked, task);
  if (!job) {
    const shown = task === undefined ? `${asked}` : `${asked}_${task}`;
    const ended = history.finalState(asked, task);
    throw new check.RefusedError(
      ended
        ? { code: 'jobFinished', job: asked, state: ended.state }
        : { code: 'noSuchJob', job: shown },
    );
  }
  const state = jobStateName(job);
  const why = explain(cluster, job.id, timeMs(nowMs));
  const started = job.state.kind === 'active' ? job.state.attempt.choice : undefined;
  if (!why) {
    const choice = started && { choice: choiceMessage(started) };
    return { job: job.id, state, text: suspensionText(job), ...choice };
  }
  return {
    job: job.id,
    state,
    rule: why.reason.kind,
    text: reasonText(why.reason),
    blockers: [...why.blockers],
    ...(why.startMs !== undefined && { startMs: why.startMs }),
    ...(why.choice && { choice: choiceMessage(why.choice) }),
    suggestion: why.suggestion ? suggestionText(why.suggestion, job.id) : '',
  };
}

/** Nobody knows until when; empty for a job that is not suspended. */
function suspensionText({ id, state }: Job): string {
  if (state.kind !== 'active' || !state.attempt.suspension || !isSuspended(state.attempt))
    return '';
  return `stopped by ${state.attempt.suspension.by}, with its cores and memory: pictl resume ${id} lets it go on`;
}

/** A task that was split off, or the record in which it waits. */
function taskOf(cluster: ClusterView, array: number, index: number): Job | undefined {
  for (const id of cluster.lookup.tasks.get(jobId(array)) ?? []) {
    const job = cluster.jobs.get(id);
    if (job?.task?.index === index) return job;
  }
  const record = cluster.jobs.get(jobId(array));
  return record?.pendingTasks.includes(index) ? record : undefined;
}

function suggestionText(suggestion: Suggestion, job: number): string {
  switch (suggestion.kind) {
    case 'release':
      return `pictl release ${job} lets it go`;
    case 'ranks':
      return `with --ranks=${suggestion.ranks} it would start now`;
    case 'time':
      return `with --time=${suggestion.timeLimitMs / 60_000}m it would start now`;
    case 'largest':
      return `largest that fits: ${suggestion.ranks} rank${suggestion.ranks === 1 ? '' : 's'}`;
    case 'resumeNodes':
      return `an operator may give drained nodes back: pictl resume ${suggestion.nodes.join(' ')}`;
    case 'raiseThrottle':
      return `with %${suggestion.limit} in --array one more task could run at once`;
  }
}
