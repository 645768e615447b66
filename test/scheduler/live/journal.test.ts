import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { History } from '../../../scheduler/live/history.ts';
import { Journal } from '../../../scheduler/live/journal.ts';
import { JournalError } from '../../../scheduler/live/journalError.ts';
import { createCluster } from '../../../scheduler/machine/cluster.ts';
import { snapshotOf } from '../../../scheduler/machine/snapshot.ts';
import { DEFAULT_SETTINGS } from '../../../scheduler/model/defaultSettings.ts';
import { nodeName } from '../../../scheduler/model/ids.ts';
import { timeMs } from '../../../scheduler/model/time.ts';
import * as facts from './facts.ts';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pibatch-journal-'));
  path = join(folder, 'pibatch.db');
});
afterEach(() => rmSync(folder, { recursive: true }));

const open = (): Journal => new Journal(path, { nowMs: facts.T0 });
const pragma = (journal: Journal, name: string): unknown =>
  journal.database.pragma(name, { simple: true });

describe('journal', () => {
  test('is durable, guarded and marked as ours', () => {
    const journal = open();
    expect(pragma(journal, 'synchronous')).toBe(2);
    expect(pragma(journal, 'journal_mode')).toBe('wal');
    expect(pragma(journal, 'foreign_keys')).toBe(1);
    expect(pragma(journal, 'application_id')).toBe(0x70696261);
    expect(journal.generation).toBe(1);
    journal.close();
  });

  test('gives back exactly the facts that were committed, and no volatile one', () => {
    const journal = open();
    const events = [facts.joined(), ...facts.wholeLife(1), facts.submitted(2)];
    const heard = facts.at(9, {
      kind: 'nodeHeard',
      node: nodeName('pi1'),
      heard: {
        atMs: timeMs(facts.T0 + 9),
        sequence: { incarnation: 1, count: 2 },
        telemetry: {
          load: 0,
          memoryAvailableBytes: 1,
          temperatureMilliC: undefined,
          throttledBits: undefined,
          frequencyHz: undefined,
        },
      },
    });
    journal.commit([...events, heard]);
    journal.commit([heard]);
    expect(journal.counters).toMatchObject({ commits: 1, events: 7 });
    journal.close();
    const again = open();
    expect([...again.read().events]).toEqual(events);
    again.close();
  });

  test('a life goes into the history, in the same transaction', () => {
    const journal = open();
    journal.commit([facts.joined(), ...facts.wholeLife(1)]);
    const history = new History(journal.database);
    expect(history.job(1)).toMatchObject({
      state: 'COMPLETED',
      user: 'ada',
      ranks: 2,
      cores: 2,
      attempt: 1,
      started_ms: facts.T0 + 2,
      ended_ms: facts.T0 + 5,
    });
    expect(history.parts([1]).get(1)).toMatchObject([
      { node: 'pi1', model: 'Raspberry Pi 5', outcome: 'exited', elapsed_ms: 500, cores: 2 },
    ]);
    expect(
      history
        .usage([1, 2])
        .get(1)
        ?.map(({ rank, cpu_ms }) => [rank, cpu_ms]),
    ).toEqual([
      [0, 450],
      [1, 450],
    ]);
    expect(history.stored(1, 1)).toMatchObject([{ name: 'rank.0', size_bytes: 3 }]);
    expect(history.jobOfRequest(facts.job(1).user, 'request-1')).toBe(1);
    expect(history.finalState(1, undefined)).toEqual({ state: 'COMPLETED' });
    const held = journal.database.prepare('SELECT count(*) FROM core_slot').pluck().get();
    expect(held).toBe(0);
    journal.close();
  });

  const FORBIDDEN: readonly (readonly [string, () => Parameters<Journal['commit']>[0]])[] = [
    ['a core held twice', () => [facts.submitted(2), facts.allocated(2, [1, 2])]],
    ['a second open attempt', () => [facts.allocated(1, [2, 3], 2)]],
    ['a job that ends over an open part', () => [facts.finished(1)]],
    ['a part that ends twice', () => [facts.ended(1), facts.ended(1)]],
    ['a job that ends twice', () => [facts.ended(1), facts.finished(1), facts.finished(1)]],
    ['a request id used twice', () => [facts.submitted(1)]],
  ];
  test.each(FORBIDDEN)('refuses %s, and keeps nothing of the batch', (_, batch) => {
    const journal = open();
    journal.commit([facts.joined(), facts.submitted(1), facts.allocated(1, [0, 1])]);
    expect(() => journal.commit([facts.submitted(7), ...batch()])).toThrow(JournalError);
    // Whoever failed to write may not go on.
    expect(() => journal.commit([facts.submitted(8)])).toThrow(JournalError);
    journal.close();
    const again = open();
    expect([...again.read().events]).toHaveLength(3);
    expect(new History(again.database).job(7)).toBeUndefined();
    again.close();
  });

  test('a full disk acknowledges nothing', () => {
    const journal = open();
    journal.commit([facts.joined()]);
    journal.database.pragma(`max_page_count = ${Number(pragma(journal, 'page_count')) + 4}`);
    const many = Array.from({ length: 400 }, (_, index) => facts.submitted(index + 1));
    expect(() => journal.commit(many)).toThrow(/full/);
    journal.close();
    const again = open();
    expect([...again.read().events]).toHaveLength(1);
    again.close();
  });

  test('old events go once a snapshot holds them', () => {
    const journal = open();
    journal.commit([facts.joined()]);
    for (let id = 1; id <= 1_000; id += 50)
      journal.commit(Array.from({ length: 50 }, (_, index) => facts.wholeLife(id + index)).flat());
    const empty = snapshotOf(createCluster(DEFAULT_SETTINGS, 1));
    const snapshot = { ...empty, nextJobId: 1_001 };
    journal.keepSnapshot({ atMs: facts.T0, snapshot });
    while (journal.pruneSome());
    const left = journal.database.prepare('SELECT count(*) FROM event').pluck();
    expect(left.get()).toBe(0);
    journal.commit([facts.submitted(1_001)]);
    journal.close();
    const again = open();
    const kept = again.read();
    expect(kept.kept).toEqual({ atMs: facts.T0, snapshot });
    expect([...kept.events]).toEqual([facts.submitted(1_001)]);
    // Live jobs keep their request ids, however old; others may be forgotten.
    again.forgetRequests(facts.T0 + 1_000);
    const requests = again.database.prepare('SELECT request_id FROM request').pluck();
    expect(requests.all()).toEqual(['request-1001']);
    again.close();
  });

  test('belongs to one scheduler at a time', () => {
    const journal = open();
    expect(open).toThrow(/a scheduler has this journal open/);
    expect(() => new Database(path, { timeout: 0 }).prepare('SELECT * FROM job').all()).toThrow(
      /locked/,
    );
    journal.commit([facts.joined()]);
    journal.close();
    open().close();
  });
});
