/**
 * What the history knows of the jobs that a request's dependency names, read from the journal
 * from its beginning: the simulated world's answer to scheduler/live/parents.ts.
 */
import type { Dependency, FinishedParent } from '../../scheduler/model/dependency.ts';
import type { Event } from '../../scheduler/model/event.ts';
import type { JobId } from '../../scheduler/model/ids.ts';
import type { FinalState } from '../../scheduler/model/outcome.ts';
import type { TimeMs } from '../../scheduler/model/time.ts';

/** A job or an array's task that is over. */
type Row = {
  readonly job: JobId;
  readonly array: JobId | undefined;
  readonly index: number | undefined;
  readonly state: FinalState;
  readonly startedMs: TimeMs | undefined;
};

export function finishedParents(
  { terms }: Dependency,
  journal: readonly Event[],
): FinishedParent[] {
  if (terms.every(({ kind }) => kind === 'singleton')) return [];
  const rows = finishedRows(journal);
  const found: FinishedParent[] = [];
  for (const term of terms) {
    if (term.kind === 'singleton') continue;
    const { job, task } = term;
    const family = rows.filter((row) => row.job === job || row.array === job);
    const over = task === undefined ? family : family.filter(({ index }) => index === task);
    if (over.length === 0) continue;
    const startsMs = over.flatMap(({ startedMs }) => startedMs ?? []);
    found.push({
      job,
      task,
      ended: over.length,
      failed: over.filter(({ state }) => state !== 'COMPLETED').length,
      startedMs: startsMs.sort((a, b) => b - a)[0],
      tasks: family.flatMap(({ index, state }) => (index === undefined ? [] : [{ index, state }])),
    });
  }
  return found;
}

function finishedRows(journal: readonly Event[]): Row[] {
  const tasks = new Map<JobId, { readonly array: JobId; readonly index: number }>();
  const starts = new Map<JobId, TimeMs>();
  const rows: Row[] = [];
  for (const event of journal) {
    if (event.kind === 'arrayTaskSplit') tasks.set(event.job, event);
    else if (event.kind === 'jobAllocated') starts.set(event.job, event.atMs);
    else if (event.kind === 'jobFinished') {
      const task = tasks.get(event.job);
      const { state } = event.end;
      const startedMs = starts.get(event.job);
      rows.push({ job: event.job, array: task?.array, index: task?.index, state, startedMs });
    }
  }
  return rows;
}
