import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { History } from '../../../scheduler/live/history.ts';
import { Journal } from '../../../scheduler/live/journal.ts';
import { APPLICATION_ID, SCHEMA_VERSION } from '../../../scheduler/live/schema.ts';
import * as facts from './facts.ts';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pibatch-journal-'));
  path = join(folder, 'pibatch.db');
});
afterEach(() => rmSync(folder, { recursive: true }));

/** A file of format 2 with one finished job and one that runs. */
function makeOldJournal(): void {
  const old = new Database(path);
  old.exec(readFileSync(join(import.meta.dirname, 'journal-2.sql'), 'utf8'));
  old.pragma(`application_id = ${APPLICATION_ID}`);
  old.pragma('user_version = 2');
  old.exec(`INSERT INTO cluster VALUES (1, 1, ${facts.T0});
    INSERT INTO node VALUES ('pi1', 'Raspberry Pi 5', 1);
    INSERT INTO job (job, user, name, account, partition, program, ranks, cores, memory_bytes,
      time_limit_ms, submitted_ms, started_ms, ended_ms, attempt, state)
    VALUES (1, 'ada', 'digits', 'default', 'main', 'true', 2, 2, 0, 60000, 1, 2, 3, 1, 'COMPLETED');
    INSERT INTO job (job, user, name, account, partition, program, ranks, cores, memory_bytes,
      time_limit_ms, submitted_ms, started_ms, attempt)
    VALUES (2, 'ada', 'digits', 'default', 'main', 'true', 2, 2, 0, 60000, 1, 2, 1);
    INSERT INTO attempt VALUES (1, 1, 2, 3, 0, NULL), (2, 1, 2, NULL, 1, NULL);`);
  old.close();
}

test('a journal of format 2 is upgraded in place: its jobs stay, the new states are known', () => {
  makeOldJournal();
  const journal = new Journal(path, { nowMs: facts.T0 });
  const { database } = journal;
  expect(database.pragma('user_version', { simple: true })).toBe(SCHEMA_VERSION);
  expect(database.pragma('foreign_keys', { simple: true })).toBe(1);
  expect(database.pragma('foreign_key_check')).toEqual([]);
  expect(new History(database).job(1)).toMatchObject({ name: 'digits', state: 'COMPLETED' });
  const end = (job: number, state: string): void => {
    database.prepare('UPDATE job SET state = ?, ended_ms = 9 WHERE job = ?').run(state, job);
  };
  expect(() => end(1, 'FAILED')).toThrow(/may not change its state/);
  expect(() => end(2, 'DEADLINE')).toThrow(/while an attempt is open/);
  database.exec('UPDATE attempt SET open = 0 WHERE job = 2');
  expect(() => end(2, 'LOST')).toThrow(/no such state/);
  end(2, 'DEADLINE');
  expect(() => database.exec('DELETE FROM job WHERE job = 2')).toThrow(/FOREIGN KEY/);
  journal.close();
});

test('an upgraded journal has the tables, indexes and triggers of a new one', () => {
  makeOldJournal();
  new Journal(path, { nowMs: facts.T0 }).close();
  const newer = join(folder, 'new.db');
  new Journal(newer, { nowMs: facts.T0 }).close();
  const objects = (file: string): unknown[] => {
    const database = new Database(file, { readonly: true });
    const found = database.prepare('SELECT type, name FROM sqlite_schema ORDER BY name').all();
    const columns = database.prepare('SELECT name, type FROM pragma_table_info(?)').all('job');
    database.close();
    return [...found, ...columns];
  };
  expect(objects(path)).toEqual(objects(newer));
});
