import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { History } from '../../../scheduler/live/history.ts';
import { Journal } from '../../../scheduler/live/journal.ts';
import { finishedJobRow } from '../../../scheduler/live/jobRow.ts';
import { jobId } from '../../../scheduler/model/ids.ts';
import type { JobRequest } from '../../../scheduler/model/request.ts';
import * as facts from './facts.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pibatch-asked-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

test('the history keeps what a job asked for and waited for, also of the tasks of an array', () => {
  const journal = new Journal(join(folder, 'pibatch.db'), { nowMs: facts.T0 });
  const request: JobRequest = {
    ...facts.REQUEST,
    array: { indexes: [3, 4], throttle: undefined },
    nodes: { least: 2, most: 4 },
    constraint: { kind: 'feature', feature: 'pi5' },
    nice: 5,
    dependency: {
      match: 'any',
      terms: [{ kind: 'afterok', job: jobId(7), task: 2 }, { kind: 'singleton' }],
    },
  };
  const job = facts.job(8, { request, pendingTasks: [3, 4] });
  const array = jobId(8);
  journal.commit([
    facts.at(1, { kind: 'jobSubmitted', job }),
    facts.at(2, { kind: 'arrayTaskSplit', array, index: 3, job: jobId(9) }),
    facts.submitted(10),
  ]);
  const history = new History(journal.database);
  const asked = (id: number) => {
    const record = history.job(id);
    if (!record) throw new Error(`job ${id} is there`);
    const { wishes, dependency } = finishedJobRow(record, [], []);
    return { wishes, dependency };
  };
  for (const id of [8, 9]) {
    expect(asked(id)).toEqual({
      wishes: { nodes: { least: 2, most: 4 }, constraint: 'pi5', nice: 5 },
      dependency: 'afterok:7_2?singleton',
    });
  }
  expect(asked(10)).toEqual({ wishes: undefined, dependency: '' });
  journal.close();
});
