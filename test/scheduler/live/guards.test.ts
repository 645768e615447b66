import Database from 'better-sqlite3';
import { beforeEach, expect, test } from 'vitest';
import { prepareProjection } from '../../../scheduler/live/projection.ts';
import { SCHEMA } from '../../../scheduler/live/schema.ts';
import * as facts from './facts.ts';

/**
 * The second lock: whatever a bug in the machine may ask for, the database itself refuses it. Job 1
 * has ended, job 2 runs on cores 0 and 1, job 3 waits.
 */
let database: Database.Database;

beforeEach(() => {
  database = new Database(':memory:');
  database.pragma('foreign_keys = ON');
  database.exec(SCHEMA);
  const project = prepareProjection(database);
  const running = [facts.submitted(2), facts.allocated(2, [0, 1]), facts.started(2)];
  for (const event of [facts.joined(), ...facts.wholeLife(1), ...running, facts.submitted(3)])
    project(event);
});

const PART = "'pi1', 'm', 1.0, 1, 0, 1, 1, 0, 'launching'";
const COLUMNS =
  'job, attempt, part, node, model, weight, epoch, first_rank, ranks, cores, memory_bytes, state';

/** By trigger: what it refuses. */
const TRIGGERS: Readonly<Record<string, string>> = {
  job_state_is_known: "UPDATE job SET state = 'LOST', ended_ms = 1 WHERE job = 3",
  finished_job_is_final: "UPDATE job SET state = 'FAILED' WHERE job = 1",
  job_ends_after_its_attempts: "UPDATE job SET state = 'COMPLETED', ended_ms = 1 WHERE job = 2",
  closed_attempt_is_final: 'UPDATE attempt SET open = 1 WHERE job = 1',
  attempt_closes_after_its_parts: 'UPDATE attempt SET open = 0 WHERE job = 2',
  attempts_follow_each_other:
    'INSERT INTO attempt (job, attempt, started_ms, open) VALUES (1, 1, 9, 0)',
  ended_part_is_final: "UPDATE part SET state = 'running', outcome = NULL WHERE job = 1",
  cores_are_held_by_open_parts: "INSERT INTO core_slot VALUES ('pi1', 3, 1, 1, 0)",
};

test('every trigger of the schema is shown here', () => {
  const names = database
    .prepare("SELECT name FROM sqlite_master WHERE type = 'trigger' ORDER BY name")
    .pluck()
    .all();
  expect(names.filter((name) => !(String(name) in TRIGGERS))).toEqual([]);
});

test.each(Object.entries(TRIGGERS))('%s', (name, statement) => {
  expect(() => database.exec(statement)).toThrow();
  // It is this trigger that refuses: without it the statement passes, or fails by another rule.
  const before = messageOf(statement);
  database.exec(`DROP TRIGGER ${name}`);
  expect(messageOf(statement)).not.toBe(before);
});

test.each([
  ['one request id, one job', "INSERT INTO request VALUES ('ada', 'request-1', 3, 9)"],
  ['one holder of a core', "INSERT INTO core_slot VALUES ('pi1', 0, 2, 1, 0)"],
  ['one open attempt of a job', 'INSERT INTO attempt (job, attempt, started_ms) VALUES (2, 2, 9)'],
  ['no part of an attempt that is not', `INSERT INTO part (${COLUMNS}) VALUES (3, 1, 0, ${PART})`],
  [
    'no attempt of a job that is not',
    'INSERT INTO attempt (job, attempt, started_ms) VALUES (9, 1, 9)',
  ],
  ['an ended part has an outcome', "UPDATE part SET state = 'ended' WHERE job = 2"],
  ['a known outcome', "UPDATE part SET state = 'ended', outcome = 'odd' WHERE job = 2"],
  ['one cluster', 'INSERT INTO cluster VALUES (2, 1, 1)'],
])('%s', (_, statement) => {
  expect(() => database.exec(statement)).toThrow(/UNIQUE|FOREIGN KEY|CHECK/);
});

function messageOf(statement: string): string {
  try {
    database.exec('SAVEPOINT tried');
    database.exec(statement);
    return 'passes';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    database.exec('ROLLBACK TO tried; RELEASE tried');
  }
}
