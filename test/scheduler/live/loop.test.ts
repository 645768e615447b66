import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Clock } from '../../../scheduler/live/clock.ts';
import { History } from '../../../scheduler/live/history.ts';
import { Journal } from '../../../scheduler/live/journal.ts';
import { JournalError } from '../../../scheduler/live/journalError.ts';
import { Loop } from '../../../scheduler/live/loop.ts';
import type { Untimed } from '../../../scheduler/model/input.ts';
import { restoreCluster } from '../../../scheduler/live/restore.ts';
import { createCluster } from '../../../scheduler/machine/cluster.ts';
import { step } from '../../../scheduler/machine/step.ts';
import { DEFAULT_SETTINGS } from '../../../scheduler/model/defaultSettings.ts';
import type { Effect } from '../../../scheduler/model/effect.ts';
import { nodeName, requestId, userName } from '../../../scheduler/model/ids.ts';
import { timeMs } from '../../../scheduler/model/time.ts';
import * as facts from './facts.ts';

/** The loop with the real machine and a real file, turned by hand. */
let folder: string;
let journal: Journal;
let loop: Loop;
const cluster = { current: createCluster(DEFAULT_SETTINGS, 1) };
const performed: Effect[] = [];
const failures: unknown[] = [];
const stands: boolean[] = [];
const time = { wall: facts.T0 + 0, monotonic: 0 };

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pibatch-loop-'));
  journal = new Journal(join(folder, 'pibatch.db'), { nowMs: facts.T0 });
  cluster.current = createCluster(DEFAULT_SETTINGS, 1);
  performed.length = 0;
  failures.length = 0;
  stands.length = 0;
  time.wall = facts.T0;
  const source = { wallMs: () => time.wall, monotonicMs: () => time.monotonic };
  loop = new Loop({
    cluster: cluster.current,
    step,
    journal,
    history: new History(journal.database),
    clock: new Clock(source, { notBeforeMs: 0 }),
    perform: (effects) => void performed.push(...effects),
    recall: () =>
      void Object.assign(cluster.current, restoreCluster(journal, DEFAULT_SETTINGS).cluster),
    stands: (still) => void stands.push(still),
    fail: (error) => void failures.push(error),
  });
});
afterEach(() => {
  loop.stop();
  journal.close();
  rmSync(folder, { recursive: true });
});

/** Until nothing waits any more. */
async function turned(): Promise<void> {
  do await new Promise((resolve) => setImmediate(resolve));
  while (loop.counters.waiting > 0);
}
let ticket = 0;

function submit(id: string): Untimed {
  ticket += 1;
  return {
    kind: 'submit',
    replyTo: ticket,
    by: { user: userName('ada'), role: 'user' },
    requestId: requestId(id),
    request: { ...facts.REQUEST, ranks: 1 },
  };
}

function report(count: number): Untimed {
  const telemetry = {
    load: 0,
    memoryAvailableBytes: 1,
    temperatureMilliC: undefined,
    throttledBits: undefined,
    frequencyHz: undefined,
  };
  return {
    kind: 'nodeReported',
    replyTo: 0,
    node: nodeName('pi1'),
    report: {
      generation: 1,
      epoch: cluster.current.nodes.get(nodeName('pi1'))?.epoch ?? 0,
      sequence: { incarnation: 1, count },
      sentAtMs: timeMs(0),
      facts: facts.FACTS,
      telemetry,
      parts: [],
    },
  };
}

async function joinNode(): Promise<void> {
  for (const count of [1, 2]) {
    loop.offer('report', 'pi1', report(count));
    await turned();
  }
}

const answers = (): string[] =>
  performed.flatMap((effect) =>
    effect.kind !== 'reply'
      ? []
      : effect.answer.kind === 'submitted'
        ? [`${effect.answer.job}${effect.answer.repeated ? ' again' : ''}`]
        : [effect.answer.kind === 'refused' ? effect.answer.refusal.code : effect.answer.kind],
  );

test('many inputs, one commit; a repeat in the same breath gets the same job', async () => {
  await joinNode();
  const { commits } = journal.counters;
  for (const id of ['a', 'b', 'a', 'c', 'd']) loop.offer('submit', 'ada', submit(id));
  await turned();
  expect(answers()).toEqual(['1', '2', '3', '4', '1 again']);
  expect(journal.counters.commits).toBe(commits + 1);
});

test('a repeat finds its job when the first one is over already', async () => {
  await joinNode();
  loop.offer('submit', 'ada', submit('a'));
  await turned();
  const by = { user: userName('ada'), role: 'user' } as const;
  const [job] = cluster.current.jobs.keys();
  if (job === undefined) throw new Error('no job');
  loop.offer('cancel', 'ada', {
    kind: 'cancel',
    replyTo: 0,
    by,
    target: { job, task: undefined },
    signal: undefined,
  });
  await turned();
  loop.offer('submit', 'ada', submit('a'));
  await turned();
  expect(answers()).toEqual(['1', 'done', '1 again']);
});

test('on a full disk nothing is acknowledged, orders are refused, and it goes on by itself', async () => {
  await joinNode();
  const pages = Number(journal.database.pragma('page_count', { simple: true }));
  journal.database.pragma(`max_page_count = ${pages}`);
  performed.length = 0;
  for (let index = 0; index < 200; index += 1) loop.offer('submit', 'ada', submit(`r${index}`));
  await turned();
  expect(performed).toEqual([]);
  expect([stands, failures]).toEqual([[true], []]);
  // What was not recorded did not happen, and is not promised to who asks again.
  expect(cluster.current.jobs.size).toBe(0);
  expect(cluster.current.nextJobId).toBe(1);
  loop.offer('submit', 'ada', submit('r0'));
  loop.offer('report', 'pi1', report(9));
  await turned();
  expect(answers()).toEqual(['diskFull']);
  const epoch = cluster.current.nodes.get(nodeName('pi1'))?.epoch;
  const { leaseMs } = DEFAULT_SETTINGS;
  const kept = performed.find(({ kind }) => kind === 'answerNode');
  expect(kept).toMatchObject({ epoch, leaseMs, fence: false, acknowledged: [] });
  journal.database.pragma('max_page_count = 1000000');
  await vi.waitFor(() => expect(stands).toEqual([true, false]), { timeout: 10_000 });
  await turned();
  loop.offer('submit', 'ada', submit('r0'));
  await turned();
  expect(answers()).toEqual(['diskFull', '1']);
  expect(failures).toEqual([]);
});

test('any other failure to commit ends it: nothing is acknowledged, nothing more is taken', async () => {
  await joinNode();
  journal.database.pragma('query_only = ON');
  performed.length = 0;
  for (let index = 0; index < 200; index += 1) loop.offer('submit', 'ada', submit(`r${index}`));
  await turned();
  expect(performed).toEqual([]);
  expect(failures).toHaveLength(1);
  expect(failures[0]).toBeInstanceOf(JournalError);
  expect(loop.offer('submit', 'ada', submit('late'))).toBe(false);
});

test('a wall clock that jumps forward makes no node silent', async () => {
  await joinNode();
  time.wall += 6 * 3_600_000;
  loop.offer('report', 'pi1', { kind: 'woken' });
  await turned();
  expect(cluster.current.nodes.get(nodeName('pi1'))?.health.kind).toBe('up');
  // But one that stays away is.
  time.wall += 20_000;
  time.monotonic += 20_000;
  loop.offer('report', 'pi1', { kind: 'woken' });
  await turned();
  expect(cluster.current.nodes.get(nodeName('pi1'))?.health.kind).toBe('silent');
});
