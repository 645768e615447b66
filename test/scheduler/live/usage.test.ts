import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { History } from '../../../scheduler/live/history.ts';
import { Journal } from '../../../scheduler/live/journal.ts';
import { finishedJobRow } from '../../../scheduler/live/jobRow.ts';
import { SCHEMA_VERSION } from '../../../scheduler/live/schema.ts';
import { usageReport } from '../../../scheduler/live/usageQuery.ts';
import { jobId, nodeName } from '../../../scheduler/model/ids.ts';
import { timeMs } from '../../../scheduler/model/time.ts';
import * as facts from './facts.ts';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pibatch-usage-'));
  path = join(folder, 'pibatch.db');
});
afterEach(() => rmSync(folder, { recursive: true }));

const open = (): Journal => new Journal(path, { nowMs: facts.T0 });

/** A job whose first attempt is lost after a while and whose second ends well. */
function twoAttempts(id: number, lostAfterMs: number) {
  const part = { job: jobId(id), attempt: 1, part: 0 };
  return [
    facts.submitted(id),
    facts.allocated(id, [0, 1]),
    facts.started(id),
    facts.at(lostAfterMs, {
      kind: 'partEnded',
      part,
      node: nodeName('pi1'),
      end: { ...facts.END, outcome: { kind: 'nodeFailed' }, usage: [], output: [] },
    }),
    facts.at(lostAfterMs, {
      kind: 'jobRequeued',
      job: jobId(id),
      attempt: 1,
      why: 'nodeFailed',
      eligibleMs: timeMs(facts.T0 + lostAfterMs),
      counted: true,
    }),
    facts.allocated(id, [0, 1], 2),
    facts.started(id, 2),
    facts.ended(id, 2),
    facts.finished(id),
  ];
}

describe('what finished jobs used', () => {
  test('is conserved: however it is summed, it is that of the parts, of all attempts', () => {
    const journal = open();
    journal.commit([facts.joined(), ...facts.wholeLife(1), ...twoAttempts(2, 7_003)]);
    journal.commit([...facts.wholeLife(3), facts.submitted(4)]);
    const parts = journal.database
      .prepare('SELECT sum(cores * (ended_ms - started_ms)) FROM part WHERE state = ?')
      .pluck()
      .get('ended');
    expect(parts).toBeGreaterThan(14_000);
    for (const by of [['user'], ['account'], ['name'], ['node'], ['day'], ['account', 'user']]) {
      const { rows = [], nextAfter } = usageReport(journal.database, { by });
      const sum = (key: 'jobs' | 'coreMs' | 'failed'): number =>
        rows?.reduce((all, row) => all + (row[key] ?? 0), 0) ?? 0;
      expect([sum('coreMs'), sum('failed'), nextAfter]).toEqual([parts, 0, undefined]);
      expect(sum('jobs')).toBe(3);
    }
    expect(usageReport(journal.database, { by: ['user'], user: 'bob' }).rows).toEqual([]);
    expect(usageReport(journal.database, { by: ['user'], untilMs: facts.T0 }).rows).toEqual([]);
    expect(() => usageReport(journal.database, { by: ['colour'] })).toThrow();
    expect(() => usageReport(journal.database, {})).toThrow();
    journal.close();
  });

  test('where the time went is kept beside the part', () => {
    const journal = open();
    const segments = {
      spanSeconds: 3,
      usefulSeconds: 5,
      criticalSeconds: 2.9,
      serialSeconds: 0.5,
      transferSeconds: 0.1,
      serialPhase: 'assemble',
    };
    const energy = { joules: 12.5, how: 'pmic' } as const;
    const collectives = [{ kind: 'barrier', calls: 3, seconds: 0.25 }];
    const measured = { throttledMs: 40, energyJoules: 12.5, energyHow: 'pmic', collectives };
    const life = facts
      .wholeLife(1)
      .map((event) =>
        event.kind === 'partEnded'
          ? { ...event, end: { ...event.end, segments, throttledMs: 40, energy, collectives } }
          : event,
      );
    journal.commit([facts.joined(), ...life]);
    const history = new History(journal.database);
    const record = history.job(1);
    if (!record) throw new Error('the job is there');
    const row = finishedJobRow(record, history.parts([1]).get(1) ?? [], []);
    expect(row.parts?.[0]).toMatchObject({ segments, ...measured, ending: 'None' });
    const { boards } = usageReport(journal.database, { by: ['node'], energy: true });
    expect(boards).toMatchObject([{ key: 'pi1', joules: 12.5, how: 'pmic', heldMs: 0 }]);
    journal.close();
  });

  test('a journal of the first format gets the tables it lacks and keeps its jobs', () => {
    const first = open();
    first.commit([facts.joined(), ...facts.wholeLife(1)]);
    first.close();
    const old = new Database(path);
    for (const column of ['throttled_ms', 'energy_j', 'energy_how', 'suspended_ms'])
      old.exec(`ALTER TABLE part DROP COLUMN ${column}`);
    old.exec(`DROP TABLE part_collective; DROP INDEX stored_by_sha256;
      DROP TABLE part_segments; DROP TABLE start_estimate; DROP INDEX job_by_end; DROP INDEX job_by_user;
      CREATE INDEX job_by_end ON job (ended_ms); CREATE INDEX job_by_user ON job (user, job);`);
    old.pragma('user_version = 1');
    old.close();
    const upgraded = open();
    expect(upgraded.database.pragma('user_version', { simple: true })).toBe(SCHEMA_VERSION);
    expect(new History(upgraded.database).parts([1]).get(1)).toHaveLength(1);
    upgraded.commit(facts.wholeLife(2));
    upgraded.close();
  });
});
