import type Database from 'better-sqlite3';
import type { pibatch } from '../../proto/codec.ts';
import * as check from './fieldCheck.ts';
import { PAGE_BYTES } from './jobQuery.ts';

/**
 * What finished jobs used, summed by the database: `piacct report`. A job is charged for its parts:
 * cores x (end - start), of every attempt; what ended in the window counts. A page sums a bounded
 * number of jobs, so that no report holds up the scheduler; who asks adds the pages up.
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

/** Jobs that one page sums: 20 ms of a PC. */
const SUMMED = 5_000;
/** A cursor, the numbers of a row and of its boards take less. */
const ROW_BYTES = 120;

type Row = {
  readonly key: string;
  readonly jobs: number;
  readonly failed: number;
  readonly core_ms: number;
  readonly wait_ms: number;
  readonly started: number;
  readonly longest_wait_ms: number;
};

type BoardRow = {
  readonly key: string;
  readonly model: string;
  readonly cores: number;
  readonly joules: number;
  readonly how: string | null;
  readonly held_ms: number;
  readonly cpu_ms: number;
  readonly unmeasured: number;
};

type Where = { readonly sql: string; readonly values: readonly (string | number)[] };

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
  const since = check.optionalInteger('since', wire.sinceMs, check.ANY_COUNT) ?? 0;
  const until =
    check.optionalInteger('until', wire.untilMs, check.ANY_COUNT) ?? Number.MAX_SAFE_INTEGER;
  const after = wire.after ?? undefined;
  const told = check.integer('after', after?.told ?? 0, check.ANY_COUNT);
  const fromMs = after ? check.integer('after', after.fromMs ?? 0, check.ANY_COUNT) : since;
  const endMs = sliceEnd(database, { fromMs, untilMs: until });
  const where = conditions(wire, { fromMs, untilMs: endMs ?? until });
  const found = sums(database, by, where).slice(told);
  const boards = wire.energy ? boardSums(database, by, where) : [];
  const rows = fitting(found, boards);
  const keys = new Set(rows.map(({ key }) => key));
  const rest = rows.length < found.length ? { fromMs, told: told + rows.length } : undefined;
  const next = rest ?? (endMs === undefined ? undefined : { fromMs: endMs });
  return {
    rows: rows.map(message),
    boards: boards.filter(({ key }) => keys.has(key)).map(boardMessage),
    ...(next && { nextAfter: next }),
  };
}

/** From when on the next page has to sum; undefined when this one holds the rest. */
function sliceEnd(
  database: Database.Database,
  { fromMs, untilMs }: { readonly fromMs: number; readonly untilMs: number },
): number | undefined {
  const end = database
    .prepare<[number, number], number>(
      `SELECT ended_ms FROM job WHERE ended_ms >= ? AND ended_ms < ?
       ORDER BY ended_ms LIMIT 1 OFFSET ${SUMMED}`,
    )
    .pluck()
    .get(fromMs, untilMs);
  // More jobs than fit ended in one millisecond: they are summed together.
  return end === undefined ? undefined : Math.max(end, fromMs + 1);
}

function conditions(
  wire: pibatch.GetUsage.$Properties,
  window: { readonly fromMs: number; readonly untilMs: number },
): Where {
  const sql = ["+job.state <> 'LIVE'", 'job.ended_ms >= ?', 'job.ended_ms < ?'];
  const values: (string | number)[] = [window.fromMs, window.untilMs];
  for (const field of ['user', 'account'] as const) {
    const value = check.line(field, wire[field], 64);
    if (value === '') continue;
    sql.push(`+job.${field} = ?`);
    values.push(value);
  }
  return { sql: sql.join(' AND '), values };
}

const keyOf = (by: readonly Key[]): string => by.map((word) => KEYS[word]).join(' || char(9) || ');

/** Ascending by key. */
function sums(database: Database.Database, by: readonly Key[], where: Where): Row[] {
  // One row per job, or per job and node, so that a job of many parts is counted once.
  const perNode = by.includes('node');
  return database
    .prepare<(string | number)[], Row>(
      `SELECT key, count(*) AS jobs, sum(failed) AS failed, sum(core_ms) AS core_ms,
         sum(coalesce(wait_ms, 0)) AS wait_ms, count(wait_ms) AS started,
         max(coalesce(wait_ms, 0)) AS longest_wait_ms
       FROM (
         SELECT ${keyOf(by)} AS key, job.state NOT IN ('COMPLETED', 'CANCELLED') AS failed,
           max(0, job.started_ms - coalesce(job.eligible_ms, job.submitted_ms)) AS wait_ms,
           coalesce(sum(part.cores * max(0, part.ended_ms - part.started_ms)), 0) AS core_ms
         FROM job LEFT JOIN part USING (job)
         WHERE ${where.sql}
         GROUP BY job.job${perNode ? ', part.node' : ''}
       )
       WHERE key IS NOT NULL
       GROUP BY key ORDER BY key`,
    )
    .all(...where.values);
}

/** What accounting/energy.ts needs of all parts, as its formula is a sum over them. Of the labels `metered` and `pmic` the weaker is the later. */
function boardSums(database: Database.Database, by: readonly Key[], where: Where): BoardRow[] {
  return database
    .prepare<(string | number)[], BoardRow>(
      `SELECT key, model, cores, coalesce(sum(joules), 0) AS joules, max(how) AS how,
         sum(iif(joules IS NULL AND cpu_ms IS NOT NULL, held_ms, 0)) AS held_ms,
         sum(iif(joules IS NULL, coalesce(cpu_ms, 0), 0)) AS cpu_ms,
         sum(joules IS NULL AND cpu_ms IS NULL) AS unmeasured
       FROM (
         SELECT ${keyOf(by)} AS key, part.model, part.cores, part.energy_j AS joules,
           part.energy_how AS how, coalesce(part.elapsed_ms, 0) AS held_ms,
           (SELECT sum(cpu_ms) FROM rank_usage AS used WHERE used.job = part.job
             AND used.attempt = part.attempt AND used.part = part.part) AS cpu_ms
         FROM job JOIN part USING (job)
         WHERE ${where.sql} AND part.started_ms IS NOT NULL
         -- Keeps what is summed for a part from being summed anew for every column.
         LIMIT -1
       )
       GROUP BY key, model, cores ORDER BY key, model, cores`,
    )
    .all(...where.values);
}

/** As many rows, in the order of their keys, as a message carries with what belongs to them. */
function fitting(rows: readonly Row[], boards: readonly BoardRow[]): readonly Row[] {
  const bytes = new Map<string, number>();
  for (const { key, model } of boards)
    bytes.set(key, (bytes.get(key) ?? 0) + ROW_BYTES + Buffer.byteLength(key + model));
  let left = PAGE_BYTES;
  for (const [index, { key }] of rows.entries()) {
    left -= ROW_BYTES + Buffer.byteLength(key) + (bytes.get(key) ?? 0);
    if (left < 0 && index > 0) return rows.slice(0, index);
  }
  return rows;
}

const message = (row: Row): pibatch.UsageRow.$Properties => ({
  key: row.key,
  jobs: row.jobs,
  failed: row.failed,
  coreMs: row.core_ms,
  waitMs: row.wait_ms,
  started: row.started,
  longestWaitMs: row.longest_wait_ms,
});

const boardMessage = (row: BoardRow): pibatch.BoardUse.$Properties => ({
  key: row.key,
  model: row.model,
  cores: row.cores,
  joules: row.joules,
  how: row.how ?? '',
  heldMs: row.held_ms,
  cpuMs: row.cpu_ms,
  unmeasured: row.unmeasured,
});
