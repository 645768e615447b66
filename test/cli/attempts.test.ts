import { expect, test } from 'vitest';
import { attemptViews } from '../../cli/accounting/attempts.ts';
import { accountRows } from '../../cli/accounting/rows.ts';
import { collectiveKinds } from '../../cli/accounting/usage.ts';
import { jobView } from '../../cli/jobView.ts';
import { pibatch } from '../../proto/codec.ts';

const part = (attempt: number, outcome: string, ending: string) => ({
  attempt,
  node: `pi${attempt}`,
  startedMs: 1_000 * attempt,
  endedMs: 1_000 * attempt + 500,
  elapsedMs: 500,
  outcome,
  ending,
  energyJoules: 100 * attempt,
  energyHow: 'metered',
  collectives: [
    { kind: 'barrier', calls: 4, seconds: 0.5 },
    { kind: 'allreduce', calls: 2, seconds: 1.5 },
  ],
});

const view = jobView(
  pibatch.JobRow.create({
    job: 12,
    attempt: 4,
    state: 'COMPLETED',
    startedMs: 4_000,
    endedMs: 4_500,
    parts: [
      part(1, 'nodeFailed', 'node pi1 failed'),
      part(2, 'killed', 'preempted by job 13'),
      part(3, 'killed', 'requeued by ada'),
      part(4, 'exited', 'None'),
      { ...part(4, 'exited', 'None'), part: 1, node: 'pi5' },
    ],
  }),
);

test('every attempt of a requeued job has its own state, nodes and times', () => {
  expect(
    attemptViews(view).map(({ attempt, state, nodes, startedMs, message }) =>
      [attempt, state, nodes.join('+'), startedMs, message].join(' '),
    ),
  ).toEqual([
    '1 NODE_FAIL pi1 1000 node pi1 failed',
    '2 PREEMPTED pi2 2000 preempted by job 13',
    '3 REQUEUED pi3 3000 requeued by ada',
    '4 COMPLETED  4000 ',
  ]);
});

test('every attempt has the energy of its own parts', () => {
  const power = { boards: {}, overheadWPerNode: 0 };
  const rows = accountRows(attemptViews(view), { steps: false, nowMs: 10_000, power });
  expect(rows.map(({ energy }) => energy?.joules)).toEqual([100, 200, 300, 800]);
  const running = { ...view, state: 'RUNNING', endedMs: undefined };
  const [, , requeued, live] = accountRows(attemptViews(running), {
    steps: false,
    nowMs: 10_000,
    power,
  });
  expect([requeued?.energy?.joules, live?.energy]).toEqual([300, undefined]);
});

test('time by kind of collective is that of the last attempt, most first', () => {
  expect(collectiveKinds(view)).toEqual([
    { kind: 'allreduce', calls: 4, seconds: 3 },
    { kind: 'barrier', calls: 8, seconds: 1 },
  ]);
});
