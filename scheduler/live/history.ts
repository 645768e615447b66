import type Database from 'better-sqlite3';
import type { Dependency, FinishedParent } from '../model/dependency.ts';
import { type FinishedFilter, FinishedJobs, type FinishedPage } from './finishedJobs.ts';
import type { RuntimeCurve } from '../../accounting/speedup/moldable.ts';
import type { JobRequest } from '../model/request.ts';
import { Learned } from './learned.ts';
import type {
  JobRecord,
  PartRecord,
  RunRecord,
  StoredRecord,
  UsageRecord,
} from './historyRecord.ts';
import { ParentHistory } from './parents.ts';
import { type JobId, type UserName, jobId } from '../model/ids.ts';

/** Reads what is over and committed. All values are bound, never spliced. */
export class History {
  /** For questions that are not about single jobs; never written through. */
  readonly database: Database.Database;
  readonly #request: Database.Statement<[string, string], number>;
  readonly #job: Database.Statement<[number], JobRecord>;
  readonly #task: Database.Statement<[number, number], JobRecord>;
  readonly #parts: Database.Statement<[string], PartRecord>;
  readonly #usage: Database.Statement<[string], UsageRecord>;
  readonly #stored: Database.Statement<[number, number], StoredRecord>;
  readonly #parents: ParentHistory;
  readonly #finished: FinishedJobs;
  readonly #learned: Learned;
  readonly #runs: Database.Statement<[string, string, number], RunRecord>;

  constructor(database: Database.Database) {
    this.database = database;
    this.#parents = new ParentHistory(database);
    this.#finished = new FinishedJobs(database);
    this.#learned = new Learned(database);
    this.#request = database
      .prepare<[string, string], number>(
        'SELECT job FROM request WHERE user = ? AND request_id = ?',
      )
      .pluck();
    this.#job = database.prepare('SELECT * FROM job WHERE job = ?');
    this.#task = database.prepare('SELECT * FROM job WHERE array_job = ? AND array_task = ?');
    this.#parts = database.prepare(
      `SELECT *, (SELECT json_group_array(json_array(kind, calls, seconds)) FROM part_collective AS used
         WHERE used.job = part.job AND used.attempt = part.attempt AND used.part = part.part) AS collectives,
         (SELECT ending FROM attempt WHERE attempt.job = part.job AND attempt.attempt = part.attempt) AS ending
       FROM part LEFT JOIN part_segments USING (job, attempt, part) WHERE job IN (SELECT value FROM json_each(?))
       ORDER BY job, attempt, part`,
    );
    this.#usage = database.prepare(
      `SELECT * FROM rank_usage WHERE job IN (SELECT value FROM json_each(?))
       ORDER BY job, attempt, rank`,
    );
    this.#stored = database.prepare(
      `SELECT name, kind, size_bytes, truncated, inline, sha256, missing FROM stored_bytes
       WHERE job = ? AND attempt = ? ORDER BY kind DESC, position`,
    );
    this.#runs = database.prepare(
      `SELECT due_ms, what, job, count, code FROM schedule_run WHERE user = ? AND name = ?
       ORDER BY id DESC LIMIT ?`,
    );
  }

  jobOfRequest(user: UserName, requestId: string): JobId | undefined {
    const job = this.#request.get(user, requestId);
    return job === undefined ? undefined : jobId(job);
  }

  job(id: number): JobRecord | undefined {
    return this.#job.get(id);
  }

  /** How a job, or a task of an array, ended; undefined when it did not or is unknown. */
  finalState(id: number, task: number | undefined): { readonly state: string } | undefined {
    const record =
      task === undefined ? this.#job.get(id) : (this.#task.get(id, task) ?? this.#job.get(id));
    return record && record.state !== 'LIVE' ? { state: record.state } : undefined;
  }

  /** Those among the jobs that it names of which something is over. */
  finishedParents(dependency: Dependency): readonly FinishedParent[] {
    return this.#parents.of(dependency);
  }

  /** How long jobs of the request's kind ran for the user, if enough did. */
  curve(user: UserName, request: JobRequest): RuntimeCurve | undefined {
    return this.#learned.curve(user, request);
  }

  /** Of many jobs at once, by job. */
  parts(jobs: readonly number[]): ReadonlyMap<number, readonly PartRecord[]> {
    if (jobs.length === 0) return new Map();
    return groupByJob(this.#parts.all(JSON.stringify(jobs)));
  }

  usage(jobs: readonly number[]): ReadonlyMap<number, readonly UsageRecord[]> {
    if (jobs.length === 0) return new Map();
    return groupByJob(this.#usage.all(JSON.stringify(jobs)));
  }

  /** Result, output of every rank, then files of the given attempt. */
  stored(job: number, attempt: number): StoredRecord[] {
    return this.#stored.all(job, attempt);
  }

  /** Newest first. */
  runs(user: string, name: string, limit: number): RunRecord[] {
    return this.#runs.all(user, name, limit);
  }

  finished(filter: FinishedFilter): FinishedPage {
    return this.#finished.page(filter);
  }
}

function groupByJob<T extends { readonly job: number }>(records: readonly T[]): Map<number, T[]> {
  const groups = new Map<number, T[]>();
  for (const record of records) {
    const group = groups.get(record.job);
    if (group) group.push(record);
    else groups.set(record.job, [record]);
  }
  return groups;
}
