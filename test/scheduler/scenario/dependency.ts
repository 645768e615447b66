/** Dependencies in scenarios: their text, and a history that tells how parents ended. */
import { parseDependency } from '../../../cli/format/dependency.ts';
import type { Dependency, FinishedParent } from '../../../scheduler/model/dependency.ts';
import type { Event } from '../../../scheduler/model/event.ts';
import { jobId } from '../../../scheduler/model/ids.ts';
import { type Input, withParents } from '../../../scheduler/model/input.ts';
import type { FinalState } from '../../../scheduler/model/outcome.ts';
import type { TimeMs } from '../../../scheduler/model/time.ts';

export function dependencyOf(text: string): Dependency {
  const read = parseDependency(text);
  if (!read.ok) throw new Error(read.message);
  const { match, terms } = read.value;
  return {
    match,
    terms: terms.map((term) => {
      if (term.kind === 'singleton') return { kind: term.kind };
      const { delayMs, ...rest } = { ...term, kind: term.kind, job: jobId(term.job) };
      return rest.kind === 'after' ? { ...rest, kind: rest.kind, delayMs } : rest;
    }) as Dependency['terms'],
  };
}

type Row = {
  readonly id: number;
  array: number | undefined;
  task: number | undefined;
  state: FinalState | undefined;
  startedMs: TimeMs | undefined;
};

/** What scheduler/live keeps in SQLite. */
export class ScenarioHistory {
  private readonly rows = new Map<number, Row>();

  heard(events: readonly Event[]): void {
    for (const event of events) {
      if (event.kind === 'jobSubmitted') {
        const { id, request } = event.job;
        this.rows.set(id, {
          id,
          array: request.array ? id : undefined,
          task: undefined,
          state: undefined,
          startedMs: undefined,
        });
      } else if (event.kind === 'arrayTaskSplit') {
        const { job: id, array, index: task } = event;
        this.rows.set(id, { id, array, task, state: undefined, startedMs: undefined });
      } else if (event.kind === 'jobAllocated') this.change(event.job, { startedMs: event.atMs });
      else if (event.kind === 'jobFinished') this.change(event.job, { state: event.end.state });
    }
  }

  private change(id: number, change: Partial<Row>): void {
    const row = this.rows.get(id);
    if (row) Object.assign(row, change);
  }

  informed(input: Input): Input {
    return withParents(input, (dependency) => this.parentsOf(dependency));
  }

  private parentsOf({ terms }: Dependency): FinishedParent[] {
    const parents: FinishedParent[] = [];
    for (const term of terms) {
      if (term.kind === 'singleton') continue;
      const { job, task } = term;
      const over = [...this.rows.values()].filter(
        (row) =>
          row.state !== undefined &&
          (task === undefined
            ? row.id === job || row.array === job
            : row.array === job && row.task === task),
      );
      if (over.length === 0) continue;
      parents.push({
        job,
        task,
        ended: over.length,
        failed: over.filter(({ state }) => state !== 'COMPLETED').length,
        startedMs: over.at(-1)?.startedMs,
        tasks: over.flatMap(({ task: index, state }) =>
          index === undefined || state === undefined ? [] : [{ index, state }],
        ),
      });
    }
    return parents;
  }
}
