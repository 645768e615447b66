import type Database from 'better-sqlite3';

/**
 * Finished jobs that are kept no longer leave the history, some at a time. Kept are the tasks of arrays
 * that live, and `keep`: what waiting jobs wait for. Ids are never used again, and neither are request ids
 * before their own time is over (journal.ts).
 */
export type Pruning = {
  /** Jobs that ended before. */
  readonly beforeMs: number;
  readonly keep: Iterable<number>;
  readonly most: number;
};

const OLD = `state <> 'LIVE' AND ended_ms < ? AND job NOT IN (SELECT value FROM json_each(?))
  AND (array_job IS NULL OR array_job NOT IN (SELECT job FROM job WHERE state = 'LIVE'))`;

/** Children first, as foreign keys want it. */
const TABLES = [
  'stored_bytes',
  'rank_usage',
  'part_collective',
  'part_segments',
  'part',
  'start_estimate',
  'attempt',
  'job',
] as const;

export function countOld(database: Database.Database, pruning: Pruning): number {
  const sql = `SELECT count(*) FROM (SELECT 1 FROM job WHERE ${OLD} LIMIT ?)`;
  const { beforeMs, keep, most } = pruning;
  return Number(
    database
      .prepare(sql)
      .pluck()
      .get(beforeMs, JSON.stringify([...keep]), most),
  );
}

/** Returns how many went. */
export function pruneJobs(database: Database.Database, pruning: Pruning): number {
  const { beforeMs, keep, most } = pruning;
  const old = database
    .prepare<[number, string, number], number>(
      `SELECT job FROM job WHERE ${OLD} ORDER BY ended_ms LIMIT ?`,
    )
    .pluck()
    .all(beforeMs, JSON.stringify([...keep]), most);
  const jobs = JSON.stringify(old);
  database.transaction(() => {
    if (old.length > 0)
      for (const table of TABLES)
        database
          .prepare(`DELETE FROM ${table} WHERE job IN (SELECT value FROM json_each(?))`)
          .run(jobs);
    database
      .prepare(
        'DELETE FROM schedule_run WHERE id IN (SELECT id FROM schedule_run WHERE due_ms < ? ORDER BY id LIMIT ?)',
      )
      .run(beforeMs, most);
  })();
  return old.length;
}
