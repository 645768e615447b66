import { chmodSync, renameSync, rmSync, statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import Database from 'better-sqlite3';
import type { Snapshot } from '../machine/snapshot.ts';
import type { Event } from '../model/event.ts';
import { VOLATILE_EVENTS } from '../model/event.ts';
import type { TimeMs } from '../model/time.ts';
import { timeMs } from '../model/time.ts';
import { decodeEvent, decodeSnapshot, encodeEvent, encodeSnapshot } from './eventCodec.ts';
import { isDiskFull, JournalError } from './journalError.ts';
import { checkSqliteVersion, openError, prepareJournalFile, syncPath } from './journalFile.ts';
import { SCHEMA_VERSION, UPGRADES } from './schema.ts';
import { type Pruning, pruneJobs } from './pruning.ts';
import { prepareProjection } from './projection.ts';

/** How many old events one turn removes, so that no turn takes long. */
const PRUNE_EVENTS = 2_000;
/** As much as a busy second writes: less is as good as nothing. */
const ROOM_BYTES = 1_048_576;

export type JournalCounters = {
  readonly commits: number;
  readonly events: number;
  readonly snapshots: number;
  /** Events since the newest snapshot: what a restart would fold. */
  readonly eventsSinceSnapshot: number;
};

export type KeptSnapshot = { readonly atMs: TimeMs; readonly snapshot: Snapshot };

/**
 * The one SQLite file that is the truth. One writing connection, exclusive lock, WAL with
 * `synchronous = FULL`: a committed batch survives a power cut. A commit that found no room was
 * rolled back; any other failure leaves the journal unusable on purpose: the process must end and
 * recover from what is on disk.
 */
export class Journal {
  readonly path: string;
  readonly #database: Database.Database;
  readonly #project: (event: Event) => void;
  readonly #insertEvent: Database.Statement<[number, number, string, string]>;
  readonly #pruneEvents: Database.Statement<[number, number]>;
  readonly #write: (events: readonly Event[]) => void;
  #sequence: number;
  #snapshotSequence: number;
  #oldest: number;
  #failed: JournalError | undefined;
  #backup: Promise<string> | undefined;
  #counters = { commits: 0, events: 0, snapshots: 0 };

  /** Throws JournalError: in use, missing, truncated, foreign, damaged, of a newer format. */
  constructor(path: string, options: { readonly nowMs: number }) {
    this.path = path;
    prepareJournalFile(path, options);
    this.#database = openExclusively(path);
    this.#project = prepareProjection(this.#database);
    this.#insertEvent = this.#database.prepare('INSERT INTO event VALUES (?, ?, ?, ?)');
    this.#pruneEvents = this.#database.prepare(
      'DELETE FROM event WHERE sequence <= ? AND sequence < ?',
    );
    const number = (sql: string): number => Number(this.#database.prepare(sql).pluck().get() ?? 0);
    this.#snapshotSequence = number('SELECT max(sequence) FROM snapshot');
    this.#sequence = Math.max(number('SELECT max(sequence) FROM event'), this.#snapshotSequence);
    this.#oldest = number('SELECT min(sequence) FROM event');
    this.#write = this.#database.transaction((events: readonly Event[]) => {
      for (const event of events) {
        this.#sequence += 1;
        this.#insertEvent.run(this.#sequence, event.atMs, event.kind, encodeEvent(event));
        this.#project(event);
      }
      // Old events go faster than new ones come, so that a busy scheduler's file is bounded too.
      this.#prune(2 * events.length);
    });
  }

  /** For readers of the history tables; never write through it. */
  get database(): Database.Database {
    return this.#database;
  }

  get counters(): JournalCounters {
    return { ...this.#counters, eventsSinceSnapshot: this.#sequence - this.#snapshotSequence };
  }

  get generation(): number {
    return Number(this.#database.prepare('SELECT generation FROM cluster').pluck().get());
  }

  /** When the first of these journals was made: a backup has that of what it is a copy of. */
  get madeMs(): number {
    return Number(this.#database.prepare('SELECT created_ms FROM cluster').pluck().get());
  }

  /** All or nothing, durable on return. Volatile events are left out; nothing to write is no commit. */
  commit(events: readonly Event[]): void {
    if (this.#failed) throw this.#failed;
    const lasting = events.filter((event) => !VOLATILE_EVENTS.has(event.kind));
    if (lasting.length === 0) return;
    const [sequence, oldest] = [this.#sequence, this.#oldest];
    try {
      this.#write(lasting);
    } catch (cause) {
      const text = cause instanceof Error ? cause.message : String(cause);
      const failed = new JournalError(this.path, `cannot write: ${text}`, { cause });
      // Rolled back, and nothing else is wrong: it may be tried again when there is room.
      if (isDiskFull(cause)) [this.#sequence, this.#oldest] = [sequence, oldest];
      else this.#failed = failed;
      throw failed;
    }
    this.#counters.commits += 1;
    this.#counters.events += lasting.length;
  }

  /** Whether a full disk has room again: tried by allocating in the file and by a commit. */
  hasRoom(): boolean {
    if (this.#failed) throw this.#failed;
    const { bavail, bsize } = statfsSync(dirname(this.path));
    if (bavail * bsize < ROOM_BYTES) return false;
    try {
      this.#database.exec('BEGIN; UPDATE cluster SET created_ms = created_ms');
      this.#database
        .prepare('INSERT INTO snapshot VALUES (-1, 0, CAST(zeroblob(?) AS TEXT))')
        .run(ROOM_BYTES);
      this.#database.exec('DELETE FROM snapshot WHERE sequence = -1; COMMIT');
      return true;
    } catch (error) {
      if (this.#database.inTransaction) this.#database.exec('ROLLBACK');
      if (isDiskFull(error)) return false;
      throw error;
    }
  }

  /** The newest snapshot, if any, and every later event in order. */
  read(): { readonly kept: KeptSnapshot | undefined; readonly events: Iterable<Event> } {
    const row = this.#database
      .prepare<[], { readonly at_ms: number; readonly body: string }>(
        'SELECT at_ms, body FROM snapshot ORDER BY sequence DESC LIMIT 1',
      )
      .get();
    return {
      kept: row && { atMs: timeMs(row.at_ms), snapshot: decodeSnapshot(row.body) },
      events: this.#eventsAfter(this.#snapshotSequence),
    };
  }

  *#eventsAfter(sequence: number): Iterable<Event> {
    const rows = this.#database
      .prepare<[number], string>('SELECT body FROM event WHERE sequence > ? ORDER BY sequence')
      .pluck();
    for (const body of rows.iterate(sequence)) yield decodeEvent(body);
  }

  /** Keeps the cluster as of the last commit; older events may then be pruned. */
  keepSnapshot({ atMs, snapshot }: KeptSnapshot): void {
    if (this.#failed) throw this.#failed;
    const body = encodeSnapshot(snapshot);
    this.#database.transaction(() => {
      this.#database.prepare('DELETE FROM snapshot').run();
      this.#database
        .prepare('INSERT INTO snapshot VALUES (?, ?, ?)')
        .run(this.#sequence, atMs, body);
    })();
    this.#snapshotSequence = this.#sequence;
    this.#counters.snapshots += 1;
  }

  /** Removes some events that the snapshot holds, when idle. Returns whether more are left. */
  pruneSome(): boolean {
    if (!this.#failed) this.#prune(PRUNE_EVENTS);
    return !this.#failed && this.#oldest <= this.#snapshotSequence;
  }

  #prune(count: number): void {
    if (this.#oldest > this.#snapshotSequence) return;
    this.#pruneEvents.run(this.#snapshotSequence, this.#oldest + count);
    this.#oldest += count;
  }

  /** Request ids of jobs that are over are kept this long for clients that repeat themselves. */
  forgetRequests(submittedBeforeMs: number): void {
    if (this.#failed) return;
    this.#database
      .prepare(
        `DELETE FROM request WHERE at_ms < ? AND NOT EXISTS
           (SELECT 1 FROM job WHERE job.job = request.job AND job.state = 'LIVE')`,
      )
      .run(submittedBeforeMs);
  }

  /** Finished jobs that are kept no longer; returns how many went. Throws JournalError. */
  pruneJobs(pruning: Pruning): number {
    if (this.#failed) throw this.#failed;
    return pruneJobs(this.#database, pruning);
  }

  /**
   * A complete copy, of this moment or a little later, while commits go on. Resolves to its path,
   * which is always the same; who asks while one is made gets that one.
   */
  backup(): Promise<string> {
    this.#backup ??= this.#copy().finally(() => {
      this.#backup = undefined;
    });
    return this.#backup;
  }

  async #copy(): Promise<string> {
    const [draft, path] = [`${this.path}.backup-new`, `${this.path}.backup`];
    rmSync(draft, { force: true });
    await this.#database.backup(draft);
    chmodSync(draft, 0o600);
    syncPath(draft);
    renameSync(draft, path);
    return path;
  }

  close(): void {
    this.#database.close();
  }
}

function openExclusively(path: string): Database.Database {
  let database: Database.Database | undefined;
  try {
    database = new Database(path, { fileMustExist: true, timeout: 0 });
    checkSqliteVersion(database, path);
    database.pragma('locking_mode = EXCLUSIVE');
    database.pragma('journal_mode = WAL');
    // better-sqlite3 falls back to NORMAL in WAL mode: set FULL after it and read it back.
    database.pragma('synchronous = FULL');
    // A table that others refer to can only be made anew while nothing is checked.
    database.pragma('foreign_keys = OFF');
    upgradeTables(database, path);
    database.pragma('foreign_keys = ON');
    const synchronous = database.pragma('synchronous', { simple: true });
    const journalMode = database.pragma('journal_mode', { simple: true });
    if (synchronous !== 2 || journalMode !== 'wal')
      throw new JournalError(
        path,
        `this file system gives journal_mode=${String(journalMode)}, ` +
          `synchronous=${String(synchronous)}; WAL and FULL (2) are needed`,
      );
    // Takes the lock now, so that a second scheduler fails at its start.
    database.exec('BEGIN IMMEDIATE; COMMIT');
    return database;
  } catch (error) {
    database?.close();
    throw error instanceof JournalError ? error : openError(path, error);
  }
}

/** A file of an older version gets the newer tables, version by version, each wholly or not at all. */
function upgradeTables(database: Database.Database, path: string): void {
  const found = Number(database.pragma('user_version', { simple: true }));
  for (let version = found + 1; version <= SCHEMA_VERSION; version++) {
    database.transaction(() => {
      database.exec(UPGRADES[version] ?? '');
      const [loose] = database.prepare('PRAGMA foreign_key_check').all();
      if (loose)
        throw new JournalError(path, `format ${version}: rows lead nowhere after the upgrade`);
      database.pragma(`user_version = ${version}`);
    })();
  }
}
