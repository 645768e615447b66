import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Journal } from '../../../scheduler/live/journal.ts';
import { nodeLosses } from '../../../scheduler/live/nodeLosses.ts';
import type { Event } from '../../../scheduler/model/event.ts';
import { nodeName } from '../../../scheduler/model/ids.ts';
import type { PartOutcome } from '../../../scheduler/model/outcome.ts';
import { timeMs } from '../../../scheduler/model/time.ts';
import * as facts from './facts.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pibatch-losses-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

type Ran = {
  readonly node: string;
  readonly fromMs: number;
  readonly toMs: number;
  readonly outcome?: PartOutcome;
};

/** A job of one part that ran from then to then. */
function life(id: number, { node, fromMs, toMs, outcome = facts.END.outcome }: Ran): Event[] {
  return facts.wholeLife(id).map((event): Event => {
    if (event.kind === 'jobAllocated') return { ...event, parts: [facts.part([0, 1], node)] };
    if (event.kind === 'partStarted')
      return { ...event, startedMs: timeMs(facts.T0 + fromMs), atMs: timeMs(facts.T0 + fromMs) };
    if (event.kind === 'jobFinished') return { ...event, atMs: timeMs(facts.T0 + toMs) };
    if (event.kind !== 'partEnded') return event;
    const end = { ...event.end, outcome };
    return { ...event, node: nodeName(node), end, atMs: timeMs(facts.T0 + toMs) };
  });
}

test('time on a node counts once, and so do parts that it lost at one moment', () => {
  const journal = new Journal(join(folder, 'pibatch.db'), { nowMs: facts.T0 });
  expect(nodeLosses(journal.database)).toEqual({ nodeMs: 0, losses: 0 });
  journal.commit([facts.joined(), facts.joined('pi2')]);
  const nodeFailed = { kind: 'nodeFailed' } as const;
  const ran: readonly Ran[] = [
    // pi1: 100 to 700 and 900 to 1000, with one inside another and one after a gap.
    { node: 'pi1', fromMs: 100, toMs: 600 },
    { node: 'pi1', fromMs: 200, toMs: 300 },
    { node: 'pi1', fromMs: 250, toMs: 700, outcome: nodeFailed },
    { node: 'pi1', fromMs: 400, toMs: 700, outcome: nodeFailed },
    { node: 'pi1', fromMs: 900, toMs: 1_000, outcome: { kind: 'leaseExpired' } },
    // pi2: 100 to 700, beside pi1; lost at the same time, but another node.
    { node: 'pi2', fromMs: 100, toMs: 700, outcome: { kind: 'lost' } },
    { node: 'pi2', fromMs: 150, toMs: 200, outcome: { kind: 'killed' } },
  ];
  ran.forEach((one, index) => journal.commit(life(index + 1, one)));
  expect(nodeLosses(journal.database)).toEqual({ nodeMs: 600 + 100 + 600, losses: 3 });
  const plan = journal.database
    .prepare('EXPLAIN QUERY PLAN SELECT job FROM job WHERE ended_ms >= 0 ORDER BY ended_ms DESC')
    .all();
  expect(JSON.stringify(plan)).toContain('COVERING INDEX job_by_end');
  journal.close();
});

test('a job that goes on is not history yet', () => {
  const journal = new Journal(join(folder, 'pibatch.db'), { nowMs: facts.T0 });
  const open = life(1, { node: 'pi1', fromMs: 5, toMs: 50, outcome: { kind: 'lost' } });
  journal.commit([facts.joined(), ...open.filter(({ kind }) => kind !== 'jobFinished')]);
  expect(nodeLosses(journal.database)).toEqual({ nodeMs: 0, losses: 0 });
  journal.close();
});
