import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Journal } from '../../../scheduler/live/journal.ts';
import { startAccuracy } from '../../../scheduler/live/startAccuracy.ts';
import { timeMs } from '../../../scheduler/model/time.ts';
import type { Event } from '../../../scheduler/model/event.ts';
import * as facts from './facts.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pibatch-accuracy-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** It starts 1000 ms after it was told when, which the estimates miss by `first` and `last`. */
function life(id: number, first: number, last: number): Event[] {
  return facts.wholeLife(id).map((event) => {
    if (event.kind !== 'jobAllocated') return event;
    const { atMs } = event;
    const foretold = {
      saidMs: timeMs(atMs - 1_000),
      firstMs: timeMs(atMs + first),
      lastMs: timeMs(atMs + last),
    };
    return { ...event, foretold };
  });
}

test('errors of first and last estimates: median, p90, and the share within a tenth of the wait', () => {
  const journal = new Journal(join(folder, 'pibatch.db'), { nowMs: facts.T0 });
  expect(startAccuracy(journal.database).starts).toBe(0);
  journal.commit([facts.joined()]);
  for (let id = 1; id <= 10; id += 1) {
    journal.commit(life(id, id % 2 ? id * 50 : -id * 50, id === 10 ? 101 : -100));
  }
  expect(startAccuracy(journal.database)).toEqual({
    starts: 10,
    first: { medianErrorMs: 250, p90ErrorMs: 450, withinTenth: 0.2 },
    last: { medianErrorMs: 100, p90ErrorMs: 100, withinTenth: 0.9 },
  });
  journal.close();
});
