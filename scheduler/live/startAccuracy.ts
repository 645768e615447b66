/** How far the starts that were foretold were from those that came about. */
import type Database from 'better-sqlite3';
import type { pibatch } from '../../proto/codec.ts';

/** The newest starts count. */
const MOST_STARTS = 10_000;

type Row = {
  readonly started: number;
  readonly said: number;
  readonly first: number;
  readonly last: number;
};

export function startAccuracy(database: Database.Database): pibatch.StartAccuracy.$Properties {
  const rows = database
    .prepare<[number], Row>(
      `SELECT started_ms AS started, first_said_ms AS said, first_start_ms AS first,
        last_start_ms AS last
      FROM start_estimate ORDER BY started_ms DESC LIMIT ?`,
    )
    .all(MOST_STARTS);
  return {
    starts: rows.length,
    first: errorsOf(rows, ({ first }) => first),
    last: errorsOf(rows, ({ last }) => last),
  };
}

/** The wait is from when the job was first told a start. */
function errorsOf(
  rows: readonly Row[],
  estimate: (row: Row) => number,
): pibatch.EstimateErrors.$Properties {
  const errors = rows.map((row) => Math.abs(estimate(row) - row.started)).sort((a, b) => a - b);
  const close = rows.filter(
    (row) => Math.abs(estimate(row) - row.started) * 10 <= row.started - row.said,
  );
  return {
    medianErrorMs: quantile(errors, 0.5),
    p90ErrorMs: quantile(errors, 0.9),
    withinTenth: rows.length === 0 ? 0 : close.length / rows.length,
  };
}

/** The nearest rank of ascending values. */
const quantile = (ascending: readonly number[], share: number): number =>
  ascending[Math.ceil(ascending.length * share) - 1] ?? 0;
