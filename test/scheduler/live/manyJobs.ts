/**
 * Finished jobs over a year, written by SQL into the tables that the projection fills: 20 users in 5
 * accounts on 8 nodes; every hundredth job is a run of one sweep over 1 to 16 ranks.
 */
import type Database from 'better-sqlite3';

export const FIRST_MS = 1_700_000_000_000;
export const YEAR_MS = 365 * 86_400_000;
export const SWEEP = 'sweep';

export function fillHistory(database: Database.Database, jobs: number): void {
  database.pragma('foreign_keys = OFF');
  database.transaction(() => {
    for (const sql of FILL) database.prepare(sql).run({ jobs, first: FIRST_MS, year: YEAR_MS });
  })();
  database.exec('ANALYZE');
  database.pragma('foreign_keys = ON');
  database.pragma('wal_checkpoint(TRUNCATE)');
}

/** The parameters are used in every statement, as better-sqlite3 wants them to be. */
const NUMBERS = `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < @jobs),
  shape AS (
    SELECT i, i % 100 = 0 AS swept, @first + @year / @jobs * i AS at,
      CASE WHEN i % 100 = 0 THEN 1 << (i / 100 % 5) ELSE 1 + i % 4 END AS ranks,
      CASE WHEN i % 100 = 0
        THEN CAST((24 + 576.0 / (1 << (i / 100 % 5))) * (995 + i * 7919 % 11) AS INTEGER)
        ELSE 1000 * (1 + i * 31 % 600) END AS elapsed
    FROM n)`;

const FILL = [
  `${NUMBERS} INSERT INTO node SELECT DISTINCT 'pi' || (i % 8), 'Raspberry Pi 5', 1.0 FROM shape`,
  `${NUMBERS} INSERT INTO job (job, user, name, account, partition, sweep, program, size, ranks,
      cores, memory_bytes, time_limit_ms, submitted_ms, eligible_ms, started_ms, ended_ms, attempt,
      state, exit_code, exit_signal, reason)
    SELECT i, 'user' || (i % 20), CASE WHEN swept THEN 'render' ELSE 'name' || (i % 50) END,
      'account' || (i % 5), 'main', CASE WHEN swept THEN '${SWEEP}' END, 'kernel.ts', 4096.0, ranks,
      ranks, 0, 3600000, at, at, at + 1000, at + 1000 + elapsed, 1,
      CASE WHEN i % 17 = 0 AND NOT swept THEN 'FAILED' ELSE 'COMPLETED' END, 0, 0, 'None' FROM shape`,
  `${NUMBERS} INSERT INTO attempt SELECT i, 1, at + 1000, at + 1000 + elapsed, 0, 'None' FROM shape`,
  `${NUMBERS} INSERT INTO part (job, attempt, part, node, model, weight, epoch, first_rank, ranks,
      cores, memory_bytes, state, started_ms, ended_ms, elapsed_ms, outcome, peak_memory_bytes,
      throttled)
    SELECT i, 1, 0, CASE WHEN swept THEN 'pi0' ELSE 'pi' || (i % 8) END,
      'Raspberry Pi 5', 1.0, 1, 0, ranks, ranks, 0, 'ended', at + 1000, at + 1000 + elapsed, elapsed,
      'exited', 1000000, 0 FROM shape`,
  `${NUMBERS}, rank(r) AS (SELECT 0 UNION ALL SELECT r + 1 FROM rank WHERE r < 15)
    INSERT INTO rank_usage SELECT i, 1, 0, r, elapsed, 1000000, elapsed, 0, 10, 100, 100, 0, 0
    FROM shape JOIN rank ON r < ranks WHERE swept OR r = 0`,
];
