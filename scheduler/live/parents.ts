import type Database from 'better-sqlite3';
import type { Dependency, FinishedParent } from '../model/dependency.ts';
import { FINAL_STATES } from '../model/outcome.ts';
import { timeMs } from '../model/time.ts';

/** What the history knows of the jobs that a request's dependency names. */
type Summary = {
  readonly ended: number;
  readonly failed: number | null;
  readonly started_ms: number | null;
};
type Task = { readonly array_task: number; readonly state: string };

export class ParentHistory {
  readonly #whole: Database.Statement<[number, number], Summary>;
  readonly #task: Database.Statement<[number, number], Summary>;
  readonly #tasks: Database.Statement<[number], Task>;

  constructor(database: Database.Database) {
    const summary = `SELECT count(*) AS ended, sum(state <> 'COMPLETED') AS failed,
      max(started_ms) AS started_ms FROM job WHERE state <> 'LIVE' AND`;
    this.#whole = database.prepare(`${summary} (job = ? OR array_job = ?)`);
    this.#task = database.prepare(`${summary} array_job = ? AND array_task = ?`);
    this.#tasks = database.prepare(
      `SELECT array_task, state FROM job
       WHERE array_job = ? AND array_task IS NOT NULL AND state <> 'LIVE'`,
    );
  }

  /** One entry for each term that names a job of which something is over. */
  of({ terms }: Dependency): readonly FinishedParent[] {
    const found: FinishedParent[] = [];
    for (const term of terms) {
      if (term.kind === 'singleton') continue;
      const { job, task, kind } = term;
      const row = task === undefined ? this.#whole.get(job, job) : this.#task.get(job, task);
      if (!row || row.ended === 0) continue;
      found.push({
        job,
        task,
        ended: row.ended,
        failed: row.failed ?? 0,
        startedMs: row.started_ms === null ? undefined : timeMs(row.started_ms),
        tasks: kind === 'aftercorr' ? this.#tasks.all(job).flatMap(finishedTask) : [],
      });
    }
    return found;
  }
}

function finishedTask({ array_task: index, state }: Task): FinishedParent['tasks'] {
  const known = FINAL_STATES.find((name) => name === state);
  return known ? [{ index, state: known }] : [];
}
