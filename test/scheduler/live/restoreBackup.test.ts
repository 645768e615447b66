import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Journal } from '../../../scheduler/live/journal.ts';
import { restoreCluster } from '../../../scheduler/live/restore.ts';
import { restoreBackup } from '../../../scheduler/live/restoreBackup.ts';
import { DEFAULT_SETTINGS } from '../../../scheduler/model/defaultSettings.ts';
import * as facts from './facts.ts';

let home: string;
let path: string;
let copy: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'pibatch-restore-'));
  path = join(home, 'pibatch.db');
  copy = join(home, 'copy.db');
});
afterEach(() => rmSync(home, { recursive: true }));

const options = { settings: DEFAULT_SETTINGS, nowMs: facts.T0 + 60_000 };
const open = (): Journal => new Journal(path, { nowMs: facts.T0 });

/** A journal with two jobs, its copy, and a third job and a second node after that. */
async function backedUp(): Promise<void> {
  const journal = open();
  journal.commit([facts.joined(), facts.submitted(1), facts.submitted(2)]);
  const copying = journal.backup();
  expect(await journal.backup()).toBe(await copying);
  copyFileSync(await copying, copy);
  journal.commit([facts.joined('pi2'), facts.submitted(3)]);
  journal.close();
}

test('a backup becomes the journal of a new generation, which gives no id again', async () => {
  await backedUp();
  const restored = restoreBackup(path, copy, options);
  expect(restored).toMatchObject({
    generation: 2,
    nextJobId: 4,
    liveJobs: 2,
    awaited: ['pi1', 'pi2'],
    complete: true,
  });
  const journal = open();
  const { cluster } = restoreCluster(journal, DEFAULT_SETTINGS);
  expect(journal.generation).toBe(2);
  expect(cluster.generation).toBe(2);
  expect([...cluster.jobs.keys()]).toEqual([1, 2]);
  expect(cluster.restoring?.awaited).toEqual(['pi1', 'pi2']);
  journal.close();
  // The journal that was there is kept.
  expect(new Database(restored.kept ?? '').prepare('SELECT max(job) FROM job').pluck().get()).toBe(
    3,
  );
});

test('when the journal is lost as well, ids leap, and its generation is remembered', async () => {
  await backedUp();
  restoreBackup(path, copy, options);
  for (const suffix of ['', '-wal', '-shm']) rmSync(path + suffix, { force: true });
  const restored = restoreBackup(path, copy, options);
  expect(restored).toMatchObject({ generation: 3, nextJobId: 1_000_003, complete: false });
  expect(restored.kept).toBeUndefined();
  expect(() => restoreBackup(path, copy, { ...options, generation: 3 })).toThrow(/must be over 3/);
  expect(restoreBackup(path, copy, { ...options, generation: 9 }).generation).toBe(9);
});

test('on an empty disk nobody guesses a generation, which nodes may know from an earlier restore', async () => {
  await backedUp();
  const empty = join(home, 'new', 'pibatch.db');
  mkdirSync(join(home, 'new'));
  const onNewDisk = (more: { readonly generation?: number } = {}) =>
    restoreBackup(empty, copy, { ...options, ...more });
  expect(() => onNewDisk()).toThrow(/--generation 2 if it never was/);
  expect(readdirSync(join(home, 'new'))).toEqual([]);
  expect(onNewDisk({ generation: 2 })).toMatchObject({ generation: 2, nextJobId: 1_000_003 });
  // What is there now continues the backup.
  expect(onNewDisk()).toMatchObject({ generation: 3, complete: true });
});

test('a journal that was begun anew on an empty disk is none that continues the backup', async () => {
  await backedUp();
  const anew = join(home, 'anew', 'pibatch.db');
  mkdirSync(join(home, 'anew'));
  new Journal(anew, { nowMs: facts.T0 + 30_000 }).close();
  expect(() => restoreBackup(anew, copy, options)).toThrow(/--generation 2 if it never was/);
  expect(restoreBackup(anew, copy, { ...options, generation: 4 })).toMatchObject({
    generation: 4,
    nextJobId: 1_000_003,
    complete: false,
  });
});

test('what is no whole backup is refused, and nothing changes', async () => {
  await backedUp();
  const refusal = (): string => {
    const before = readdirSync(home).toSorted();
    try {
      restoreBackup(path, copy, options);
      return 'not refused';
    } catch (error) {
      expect(readdirSync(home).toSorted()).toEqual(before);
      return error instanceof Error ? `${error.name} ${error.message}` : '';
    }
  };
  const scheduler = open();
  expect(refusal()).toMatch(/JournalError .*a scheduler has this journal open/);
  scheduler.close();
  const newer = new Database(copy);
  newer.pragma('user_version = 999');
  newer.close();
  expect(refusal()).toMatch(/JournalError .*copy.db: .*format 999/);
  const damaged = new Database(copy);
  damaged.pragma('user_version = 4');
  damaged.close();
  truncateSync(copy, 5_000);
  expect(refusal()).toMatch(/JournalError .*(truncated|damaged)/);
  rmSync(copy);
  new Database(copy).exec('CREATE TABLE other (a)').close();
  expect(refusal()).toMatch(/JournalError .*belongs to another program/);
  writeFileSync(copy, 'x'.repeat(10_000));
  expect(refusal()).toMatch(/JournalError .*not a SQLite database/);
  rmSync(copy);
  expect(refusal()).toMatch(/JournalError .*no such file/);
  const journal = open();
  expect(restoreCluster(journal, DEFAULT_SETTINGS).cluster.jobs.size).toBe(3);
  journal.close();
});
