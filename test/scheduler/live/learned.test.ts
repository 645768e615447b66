import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { History } from '../../../scheduler/live/history.ts';
import { Journal } from '../../../scheduler/live/journal.ts';
import { readAsked } from '../../../scheduler/live/asked.ts';
import { jobId, userName } from '../../../scheduler/model/ids.ts';
import type { Event } from '../../../scheduler/model/event.ts';
import type { JobRequest } from '../../../scheduler/model/request.ts';
import * as facts from './facts.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pibatch-learned-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const ada = userName('ada');
const moldable: JobRequest = { ...facts.REQUEST, ranks: 8, ranksRange: { least: 1, most: 8 } };

/** A run of 100 s of which 4 % is serial, on one node. */
function run(id: number, ranks: number): Event[] {
  const request = { ...facts.REQUEST, ranks };
  const cores = Array.from({ length: ranks }, (_, core) => core);
  const elapsedMs = Math.round(100_000 * (0.04 + 0.96 / ranks));
  return [
    facts.at(1, { kind: 'jobSubmitted', job: facts.job(id, { request }) }),
    facts.allocated(id, cores),
    facts.started(id),
    facts.at(4, {
      kind: 'partEnded',
      part: { job: jobId(id), attempt: 1, part: 0 },
      node: facts.part([]).node,
      end: { ...facts.END, elapsedMs, usage: [] },
    }),
    facts.finished(id),
  ];
}

test('runs of the same user, name, program and size make a curve', () => {
  const journal = new Journal(join(folder, 'pibatch.db'), { nowMs: facts.T0 });
  const history = new History(journal.database);
  journal.commit([facts.joined()]);
  expect(history.curve(ada, moldable)).toBeUndefined();
  for (const [index, ranks] of [1, 2, 4, 8, 1, 2, 4, 8].entries()) {
    journal.commit(run(index + 1, ranks));
  }
  const curve = history.curve(ada, moldable);
  expect(curve).toMatchObject({ runs: 8 });
  expect(curve?.points.find(({ ranks }) => ranks === 6)?.runMs).toBeCloseTo(20_000, -2);
  expect(history.curve(userName('bob'), moldable)).toBeUndefined();
  expect(history.curve(ada, { ...moldable, size: 7 })).toBeUndefined();
  expect(history.curve(ada, { ...moldable, name: 'other' })).toBeUndefined();
  expect(
    history.curve(ada, { ...moldable, program: { kind: 'command', args: ['false'] } }),
  ).toBeUndefined();
  journal.close();
});

test('a moldable job counts with the ranks that it got, and keeps why through a later change of its name', () => {
  const journal = new Journal(join(folder, 'pibatch.db'), { nowMs: facts.T0 });
  const history = new History(journal.database);
  const choice = { ranks: 2, reason: 'mostNow' } as const;
  const start = facts.allocated(1, [0, 1]);
  journal.commit([
    facts.joined(),
    facts.at(1, { kind: 'jobSubmitted', job: facts.job(1, { request: moldable }) }),
    { ...start, ...(start.kind === 'jobAllocated' && { choice }) },
  ]);
  const kept = () => readAsked(history.job(1)?.asked ?? null).choice;
  expect(history.job(1)).toMatchObject({ ranks: 2, cores: 2, memory_bytes: 2_000_000 });
  expect(kept()).toEqual(choice);
  const request = { ...moldable, ranks: 2, name: 'renamed' };
  journal.commit([facts.at(3, { kind: 'jobUpdated', job: jobId(1), request })]);
  expect(kept()).toEqual(choice);
  journal.close();
});
