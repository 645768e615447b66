import type Database from 'better-sqlite3';
import type { JobRecord } from './historyRecord.ts';

/** Which finished jobs are asked for; every condition given must hold. */
export type FinishedFilter = {
  readonly ids: readonly number[];
  readonly user: string | undefined;
  readonly name: string | undefined;
  readonly account: string | undefined;
  readonly sweep: string | undefined;
  readonly states: readonly string[];
  readonly sinceMs: number | undefined;
  readonly untilMs: number | undefined;
  readonly after: number;
  readonly limit: number;
};

export type FinishedPage = {
  /** Ascending by id. */
  readonly jobs: readonly JobRecord[];
  /** Only ids up to this one were looked at; undefined: nothing more fits. */
  readonly upTo: number | undefined;
};

type Condition = { readonly sql: string; readonly values: readonly (string | number)[] };

/** Rows that one page looks at: 20 ms where it takes them from all over the table. */
const SCANNED = 20_000;
const STATEMENTS_KEPT = 64;

/**
 * Pages of finished jobs from a bounded number of rows, so that no question holds up the scheduler however
 * many jobs there are and however few of them it fits. All values are bound, never spliced.
 */
export class FinishedJobs {
  readonly #database: Database.Database;
  readonly #statements = new Map<string, Database.Statement<(string | number)[], unknown>>();

  constructor(database: Database.Database) {
    this.#database = database;
  }

  page(filter: FinishedFilter): FinishedPage {
    const conditions = conditionsOf(filter);
    const driving = this.#driving(filter, conditions);
    // An index gives its rows in the order of ids, but for that of ends and a list of ids.
    const ordered =
      driving === undefined || (driving !== conditions.ids && driving !== conditions.sinceMs);
    const from: readonly Condition[] = [
      ...(driving ? [driving] : []),
      { sql: `${ordered ? '' : '+'}job > ?`, values: [filter.after] },
    ];
    const upTo = ordered ? this.#scannedUpTo(from) : undefined;
    const where = [
      ...from,
      ...(upTo === undefined ? [] : [{ sql: 'job <= ?', values: [upTo] }]),
      // A plus keeps SQLite from every other index.
      ...Object.values(conditions).flatMap((each) =>
        each && each !== driving ? [{ ...each, sql: `+${each.sql}` }] : [],
      ),
    ];
    const jobs = this.#all<JobRecord>(
      `SELECT * FROM job WHERE +state <> 'LIVE' AND ${sqlOf(where)} ORDER BY ${ordered ? '' : '+'}job LIMIT ?`,
      [...valuesOf(where), filter.limit],
    );
    return { jobs, upTo: jobs.length < filter.limit ? upTo : undefined };
  }

  /** By whose index the rows are found; undefined: by id. */
  #driving(filter: FinishedFilter, conditions: Conditions): Condition | undefined {
    if (conditions.ids) return conditions.ids;
    const { sinceMs: since } = conditions;
    if (since) {
      const sql = `SELECT job FROM job WHERE ${since.sql} ORDER BY ended_ms LIMIT 1 OFFSET ${SCANNED}`;
      if (this.#all(sql, since.values).length === 0) return since;
    }
    return conditions.sweep ?? conditions.name ?? conditions.user;
  }

  #scannedUpTo(from: readonly Condition[]): number | undefined {
    const sql = `SELECT job FROM job WHERE ${sqlOf(from)} ORDER BY job LIMIT 1 OFFSET ${SCANNED - 1}`;
    return this.#all<{ readonly job: number }>(sql, valuesOf(from))[0]?.job;
  }

  /** The few forms of the question are kept; those that list ids differ without end. */
  #all<Row>(sql: string, values: readonly (string | number)[]): Row[] {
    const known = this.#statements.get(sql);
    const statement = known ?? this.#database.prepare<(string | number)[], unknown>(sql);
    if (!known && this.#statements.size < STATEMENTS_KEPT) this.#statements.set(sql, statement);
    return statement.all(...values) as Row[];
  }
}

type Conditions = Readonly<
  Record<keyof Omit<FinishedFilter, 'after' | 'limit'>, Condition | undefined>
>;

function conditionsOf(filter: FinishedFilter): Conditions {
  const { ids, states } = filter;
  const marks = (list: readonly unknown[]): string => list.map(() => '?').join(', ');
  const given = (sql: string, value: string | number | undefined): Condition | undefined =>
    value === undefined ? undefined : { sql, values: [value] };
  return {
    ids:
      ids.length === 0
        ? undefined
        : {
            sql: `(job IN (${marks(ids)}) OR array_job IN (${marks(ids)}))`,
            values: [...ids, ...ids],
          },
    user: given('user = ?', filter.user),
    name: given('name = ?', filter.name),
    account: given('account = ?', filter.account),
    sweep: given('sweep = ?', filter.sweep),
    states:
      states.length === 0 ? undefined : { sql: `state IN (${marks(states)})`, values: states },
    sinceMs: given('ended_ms >= ?', filter.sinceMs),
    untilMs: given('submitted_ms <= ?', filter.untilMs),
  };
}

const sqlOf = (conditions: readonly Condition[]): string =>
  conditions.map(({ sql }) => sql).join(' AND ');
const valuesOf = (conditions: readonly Condition[]): (string | number)[] =>
  conditions.flatMap(({ values }) => values);
