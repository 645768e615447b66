import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { History } from '../../../scheduler/live/history.ts';
import { Journal } from '../../../scheduler/live/journal.ts';
import { countOld } from '../../../scheduler/live/pruning.ts';
import { restoreCluster } from '../../../scheduler/live/restore.ts';
import { snapshotOf } from '../../../scheduler/machine/snapshot.ts';
import { DEFAULT_SETTINGS } from '../../../scheduler/model/defaultSettings.ts';
import { requestId, userName } from '../../../scheduler/model/ids.ts';
import { fillHistory, FIRST_MS, YEAR_MS } from './manyJobs.ts';
import * as facts from './facts.ts';

let folder: string;
let journal: Journal;
const open = (): Journal => new Journal(join(folder, 'pibatch.db'), { nowMs: facts.T0 });
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pibatch-prune-'));
  journal = open();
});
afterEach(() => {
  journal.close();
  rmSync(folder, { recursive: true });
});

const rows = (table: string): number =>
  Number(journal.database.prepare(`SELECT count(*) FROM ${table}`).pluck().get());
const TABLES = ['job', 'attempt', 'part', 'rank_usage', 'stored_bytes', 'part_segments'];

describe('finished jobs that are kept no longer', () => {
  test('go with all that belongs to them; live ones and what is waited for stay', () => {
    journal.commit([facts.joined(), ...facts.wholeLife(1), ...facts.wholeLife(2)]);
    journal.commit([...facts.wholeLife(3), facts.submitted(4)]);
    const all = { beforeMs: facts.T0 + 1e9, keep: [3], most: 100 };
    expect(countOld(journal.database, all)).toBe(2);
    expect(journal.pruneJobs(all)).toBe(2);
    expect(journal.database.prepare('SELECT job FROM job ORDER BY job').pluck().all()).toEqual([
      3, 4,
    ]);
    expect(journal.pruneJobs({ ...all, keep: [] })).toBe(1);
    expect(TABLES.map(rows)).toEqual([1, 0, 0, 0, 0, 0]);
    expect(journal.database.pragma('foreign_key_check')).toEqual([]);
  });

  test('only those that ended before, the oldest first, some at a time', () => {
    fillHistory(journal.database, 1_000);
    const beforeMs = FIRST_MS + YEAR_MS / 2;
    const old = countOld(journal.database, { beforeMs, keep: [], most: 10_000 });
    expect(old).toBeGreaterThan(400);
    expect(journal.pruneJobs({ beforeMs, keep: [], most: 100 })).toBe(100);
    expect(journal.database.prepare('SELECT min(job) FROM job').pluck().get()).toBe(101);
    expect(countOld(journal.database, { beforeMs, keep: [], most: 10_000 })).toBe(old - 100);
  });

  test('leave room in the file, which the next ones fill', () => {
    const path = join(folder, 'pibatch.db');
    const sizes = [0, 1, 2, 3].map(() => {
      fillHistory(journal.database, 5_000);
      const beforeMs = FIRST_MS + 2 * YEAR_MS;
      while (journal.pruneJobs({ beforeMs, keep: [], most: 200 }) === 200);
      journal.database.exec('DELETE FROM node');
      journal.database.pragma('wal_checkpoint(TRUNCATE)');
      expect(rows('job')).toBe(0);
      return statSync(path).size;
    });
    expect(sizes[0]).toBeGreaterThan(1_000_000);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(1.05 * (sizes[0] ?? 0));
  });

  test('their ids and request ids are not used again, also after a restart', () => {
    journal.commit([facts.joined(), ...facts.wholeLife(1), ...facts.wholeLife(2)]);
    const { cluster } = restoreCluster(journal, DEFAULT_SETTINGS);
    journal.keepSnapshot({ atMs: facts.T0, snapshot: snapshotOf(cluster) });
    journal.pruneJobs({ beforeMs: facts.T0 + 1e9, keep: [], most: 100 });
    journal.close();
    journal = open();
    const restored = restoreCluster(journal, DEFAULT_SETTINGS).cluster;
    expect([restored.nextJobId, rows('job')]).toEqual([3, 0]);
    const { user, requestId: id } = facts.job(2);
    expect(new History(journal.database).jobOfRequest(userName(user), requestId(id))).toBe(2);
  });
});
