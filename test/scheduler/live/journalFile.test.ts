import {
  appendFileSync,
  copyFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Journal } from '../../../scheduler/live/journal.ts';
import { JournalError } from '../../../scheduler/live/journalError.ts';
import { SCHEMA_VERSION } from '../../../scheduler/live/schema.ts';
import * as facts from './facts.ts';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pibatch-journal-'));
  path = join(folder, 'pibatch.db');
});
afterEach(() => rmSync(folder, { recursive: true }));

const open = (): Journal => new Journal(path, { nowMs: facts.T0 });

function makeJournal(): void {
  const journal = open();
  journal.commit([facts.joined()]);
  for (let id = 1; id <= 200; id += 1) journal.commit(facts.wholeLife(id));
  journal.close();
}

/** The sentence it is refused with; the file must be as before. */
function refusal(): string {
  const before = readFileSync(path);
  let message = '';
  try {
    open().close();
  } catch (error) {
    if (!(error instanceof JournalError)) throw error;
    message = error.message;
  }
  expect(readFileSync(path).equals(before)).toBe(true);
  return message;
}

describe('a journal that cannot be trusted is refused and left as it is', () => {
  test('truncated in the middle', () => {
    makeJournal();
    truncateSync(path, 40_960);
    expect(refusal()).toMatch(/truncated: 40960 of \d+ bytes/);
  });

  test('truncated to nothing', () => {
    makeJournal();
    truncateSync(path, 0);
    expect(refusal()).toMatch(/truncated: only 0 bytes/);
  });

  test('damaged inside', () => {
    makeJournal();
    const bytes = readFileSync(path);
    bytes.fill(0xa5, 8_192, 16_384);
    writeFileSync(path, bytes);
    expect(refusal()).toMatch(/damaged/);
  });

  test('another kind of file', () => {
    writeFileSync(path, 'name: job.yaml\n'.repeat(100));
    expect(refusal()).toMatch(/not a SQLite database/);
  });

  test("another program's database", () => {
    const other = new Database(path);
    other.exec('CREATE TABLE recipes (name TEXT)');
    other.close();
    expect(refusal()).toMatch(/belongs to another program/);
  });

  test('a newer format', () => {
    makeJournal();
    const newer = new Database(path);
    newer.pragma(`user_version = ${SCHEMA_VERSION + 1}`);
    newer.close();
    expect(refusal()).toMatch(new RegExp(`format ${SCHEMA_VERSION + 1}.*up to ${SCHEMA_VERSION}`));
  });

  test('missing, though it was here before', () => {
    makeJournal();
    rmSync(path);
    expect(open).toThrow(/missing, although this scheduler has run before/);
    expect(existsSync(path)).toBe(false);
    rmSync(`${path}.made`);
    open().close();
  });
});

test('a crash while the file is made leaves nothing half-done', () => {
  writeFileSync(`${path}.new`, 'half a database');
  open().close();
  expect(existsSync(`${path}.new`)).toBe(false);
});

test('what is only in the write-ahead log is there after a power cut', () => {
  makeJournal();
  const journal = open();
  journal.commit([facts.submitted(900)]);
  // What a dead process leaves behind: the file and its log, without the closing checkpoint.
  const copy = join(folder, 'copy.db');
  copyFileSync(path, copy);
  copyFileSync(`${path}-wal`, `${copy}-wal`);
  journal.close();
  writeFileSync(`${copy}.made`, '');
  appendFileSync(`${copy}-wal`, Buffer.alloc(1_000, 7));
  const restored = new Journal(copy, { nowMs: facts.T0 });
  expect([...restored.read().events].at(-1)).toEqual(facts.submitted(900));
  restored.close();
});
