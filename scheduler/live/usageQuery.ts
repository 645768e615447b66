import type Database from 'better-sqlite3';
import type { pibatch } from '../../proto/codec.ts';
import * as check from './fieldCheck.ts';

/**
 * What finished jobs used, summed by the database: `piacct report` and `fairshare`. A job is charged for
 * its parts: cores x (end - start), of every attempt; what ended in the window counts.
 */

const KEYS = {
  user: 'job.user',
  account: 'job.account',
  name: 'job.name',
  partition: 'job.partition',
  node: 'part.node',
  day: "date(job.ended_ms / 1000, 'unixepoch', 'localtime')",
} as const;
type Key = keyof typeof KEYS;
const KEY_NAMES = Object.keys(KEYS);
const isKey = (word: string): word is Key => word in KEYS;

const MOST_ROWS = 1_000;

type Row = {
  readonly key: string;
  readonly jobs: number;
  readonly failed: number;
  readonly core_ms: number;
  readonly wait_ms: number;
  readonly started: number;
  readonly longest_wait_ms: number;
};

/** Throws RefusedError. */
export function usageReport(
  database: Database.Database,
  wire: pibatch.GetUsage.$Properties,
): pibatch.UsageReport.$Properties {
  const by = check.listOf('by', wire.by, 3).map((word) => {
    const text = check.line('by', word, 32);
    return isKey(text) ? text : check.refuse('by', text, KEY_NAMES.join(', '));
  });
  if (by.length === 0) check.refuse('by', 'nothing', KEY_NAMES.join(', '));
  const limit = check.integer('limit', wire.limit ?? 0, { least: 0, most: 0xffff_ffff });
  const rows = sums(database, by, wire);
  return {
    rows: rows.slice(0, Math.min(limit || MOST_ROWS, MOST_ROWS)).map(message),
    total: message(rows.reduce(add, { ...NOTHING, key: '' })),
    groups: rows.length,
  };
}

function sums(
  database: Database.Database,
  by: readonly Key[],
  wire: pibatch.GetUsage.$Properties,
): Row[] {
  const where = ["job.state <> 'LIVE'"];
  const values: (string | number)[] = [];
  const given = (condition: string, value: string | number | undefined): void => {
    if (value === undefined || value === '') return;
    where.push(condition);
    values.push(value);
  };
  given('job.ended_ms >= ?', check.optionalInteger('since', wire.sinceMs, check.ANY_COUNT));
  given('job.ended_ms < ?', check.optionalInteger('until', wire.untilMs, check.ANY_COUNT));
  given('+job.user = ?', check.line('user', wire.user, 64));
  given('+job.account = ?', check.line('account', wire.account, 64));
  const key = by.map((word) => KEYS[word]).join(' || char(9) || ');
  // One row per job, or per job and node, so that a job of many parts is counted once.
  const perNode = by.includes('node');
  return database
    .prepare<(string | number)[], Row>(
      `SELECT key, count(*) AS jobs, sum(failed) AS failed, sum(core_ms) AS core_ms,
         sum(coalesce(wait_ms, 0)) AS wait_ms, count(wait_ms) AS started,
         max(coalesce(wait_ms, 0)) AS longest_wait_ms
       FROM (
         SELECT ${key} AS key, job.state NOT IN ('COMPLETED', 'CANCELLED') AS failed,
           max(0, job.started_ms - coalesce(job.eligible_ms, job.submitted_ms)) AS wait_ms,
           coalesce(sum(part.cores * max(0, part.ended_ms - part.started_ms)), 0) AS core_ms
         FROM job LEFT JOIN part USING (job)
         WHERE ${where.join(' AND ')}
         GROUP BY job.job${perNode ? ', part.node' : ''}
       )
       WHERE key IS NOT NULL
       GROUP BY key ORDER BY core_ms DESC, key`,
    )
    .all(...values);
}

const NOTHING = {
  jobs: 0,
  failed: 0,
  core_ms: 0,
  wait_ms: 0,
  started: 0,
  longest_wait_ms: 0,
};

const add = (sum: Row, row: Row): Row => ({
  key: '',
  jobs: sum.jobs + row.jobs,
  failed: sum.failed + row.failed,
  core_ms: sum.core_ms + row.core_ms,
  wait_ms: sum.wait_ms + row.wait_ms,
  started: sum.started + row.started,
  longest_wait_ms: Math.max(sum.longest_wait_ms, row.longest_wait_ms),
});

const message = (row: Row): pibatch.UsageRow.$Properties => ({
  key: row.key,
  jobs: row.jobs,
  failed: row.failed,
  coreMs: row.core_ms,
  waitMs: row.wait_ms,
  started: row.started,
  longestWaitMs: row.longest_wait_ms,
});
