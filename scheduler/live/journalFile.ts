import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import Database from 'better-sqlite3';
import { JournalError } from './journalError.ts';
import { APPLICATION_ID, SCHEMA, SCHEMA_VERSION } from './schema.ts';

/**
 * The journal as a file: made whole under another name and renamed, looked at without being
 * touched before it is opened, and marked (`<path>.made`) so that a lost file is noticed.
 */

/** SQLite before 3.51.3 can corrupt a WAL database when it resets the log. */
const OLDEST_SQLITE = [3, 51, 3] as const;
const HEADER_BYTES = 100;
const MAGIC = 'SQLite format 3\0';

/** Makes the journal if it never was; otherwise checks it. Throws JournalError, having written nothing. */
export function prepareJournalFile(path: string, options: { readonly nowMs: number }): void {
  const marker = `${path}.made`;
  if (existsSync(path)) {
    checkHeader(path);
    checkPages(path);
  } else if (existsSync(marker)) {
    throw new JournalError(
      path,
      `the journal is missing, although this scheduler has run before (${marker} exists); ` +
        'restore it from a backup, or remove that marker file to start an empty cluster',
    );
  } else {
    makeFile(path, options.nowMs);
  }
  if (!existsSync(marker)) markMade(path, 1);
}

/** From now on a journal that is not there is a lost one. */
export const markMade = (path: string, generation: number): void =>
  writeDurably(
    `${path}.made`,
    `The journal beside this file was made; it is of generation ${generation}.\n`,
  );

/** Throws when the SQLite inside this build is older than is safe. */
export function checkSqliteVersion(database: Database.Database, path: string): void {
  const version = String(database.prepare('SELECT sqlite_version()').pluck().get());
  const numbers = version.split('.').map(Number);
  for (const [index, least] of OLDEST_SQLITE.entries()) {
    const number = numbers[index] ?? 0;
    if (number > least) return;
    if (number < least)
      throw new JournalError(path, `SQLite ${version} is older than ${OLDEST_SQLITE.join('.')}`);
  }
}

function makeFile(path: string, nowMs: number): void {
  const draft = `${path}.new`;
  for (const suffix of ['', '-wal', '-shm', '-journal']) rmSync(draft + suffix, { force: true });
  const database = new Database(draft);
  try {
    checkSqliteVersion(database, path);
    database.pragma('synchronous = FULL');
    database.transaction(() => {
      database.pragma(`application_id = ${APPLICATION_ID}`);
      database.pragma(`user_version = ${SCHEMA_VERSION}`);
      database.exec(SCHEMA);
      database.prepare('INSERT INTO cluster VALUES (1, 1, ?)').run(nowMs);
    })();
  } finally {
    database.close();
  }
  syncPath(draft);
  renameSync(draft, path);
  syncPath(dirname(path));
}

function checkHeader(path: string): void {
  const header = Buffer.alloc(HEADER_BYTES);
  const file = openSync(path, 'r');
  const read = readSync(file, header, 0, HEADER_BYTES, 0);
  closeSync(file);
  if (read < HEADER_BYTES)
    throw new JournalError(path, `the file is truncated: only ${read} bytes are left of it`);
  if (header.toString('latin1', 0, 16) !== MAGIC)
    throw new JournalError(path, 'this file is not a SQLite database; it was left as it is');
  const application = header.readUInt32BE(68);
  if (application !== APPLICATION_ID)
    throw new JournalError(path, 'this database belongs to another program; it was left as it is');
  const version = header.readUInt32BE(60);
  if (version > SCHEMA_VERSION)
    throw new JournalError(
      path,
      `the journal has format ${version}, this PiBatch knows formats up to ${SCHEMA_VERSION}; ` +
        'install the newer PiBatch again',
    );
  const pageBytes = header.readUInt16BE(16) === 1 ? 65_536 : header.readUInt16BE(16);
  const expected = pageBytes * header.readUInt32BE(28);
  const size = statSync(path).size;
  // With a write-ahead log the last pages may still be there; checkPages decides then.
  if (size < expected && !hasLog(path))
    throw new JournalError(path, `the file is truncated: ${size} of ${expected} bytes are there`);
}

/** Reads every page through a connection that cannot write. */
function checkPages(path: string): void {
  let problem: unknown;
  try {
    const database = new Database(path, { readonly: true, timeout: 0 });
    try {
      problem = database.pragma('quick_check(1)', { simple: true });
    } finally {
      database.close();
    }
  } catch (error) {
    throw openError(path, error);
  }
  if (problem !== 'ok')
    throw new JournalError(
      path,
      `the journal is damaged (${String(problem)}); it was left as it is, restore a backup`,
    );
}

/** SQLite's error on opening, as a sentence. */
export function openError(path: string, cause: unknown): JournalError {
  const code = cause instanceof Database.SqliteError ? cause.code : '';
  if (code.startsWith('SQLITE_BUSY'))
    return new JournalError(path, 'a scheduler has this journal open', { cause, inUse: true });
  const text = cause instanceof Error ? cause.message : String(cause);
  if (code.startsWith('SQLITE_CORRUPT') || code.startsWith('SQLITE_NOTADB'))
    return new JournalError(path, `the journal is damaged (${text}); it was left as it is`, {
      cause,
    });
  return new JournalError(path, `the journal cannot be opened: ${text}`, { cause });
}

function hasLog(path: string): boolean {
  const log = `${path}-wal`;
  return existsSync(log) && statSync(log).size > 0;
}

function writeDurably(path: string, text: string): void {
  writeFileSync(`${path}.new`, text);
  syncPath(`${path}.new`);
  renameSync(`${path}.new`, path);
  syncPath(dirname(path));
}

export function syncPath(path: string): void {
  const file = openSync(path, 'r');
  fsyncSync(file);
  closeSync(file);
}
