/** How often nodes were lost while they worked: what checkpoints are for (accounting/checkpointInterval.ts). */
import type Database from 'better-sqlite3';
import type { pibatch } from '../../proto/codec.ts';

/** The newest that ended count, so that no question holds up the scheduler. */
const MOST_JOBS = 5_000;

type Row = { readonly node_ms: number; readonly losses: number };

/**
 * A node's time is the union of its parts' times, however many ran beside each other: each adds
 * what those begun before it leave uncovered. What counts as a loss is what requeues a job for
 * its node's sake (scheduler/machine/verdict.ts).
 */
export function nodeLosses(database: Database.Database): pibatch.NodeLosses.$Properties {
  const row = database
    .prepare<[number], Row>(
      `WITH recent AS MATERIALIZED (
         SELECT job FROM job WHERE ended_ms >= 0 ORDER BY ended_ms DESC LIMIT ?
       ), held AS (
         SELECT node, started_ms, ended_ms,
           outcome IN ('nodeFailed', 'lost', 'leaseExpired') AS is_lost,
           max(ended_ms) OVER (PARTITION BY node ORDER BY started_ms
             ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS covered_ms
         FROM recent CROSS JOIN part USING (job)
         WHERE started_ms IS NOT NULL AND ended_ms IS NOT NULL
       )
       SELECT
         coalesce(sum(max(0, ended_ms - max(started_ms, coalesce(covered_ms, 0)))), 0) AS node_ms,
         count(DISTINCT iif(is_lost, node || char(9) || ended_ms, NULL)) AS losses
       FROM held`,
    )
    .get(MOST_JOBS);
  return { nodeMs: row?.node_ms ?? 0, losses: row?.losses ?? 0 };
}
