import { expect, test } from 'vitest';
import { jobView, type JobView } from '../../cli/jobView.ts';
import { workloadOf } from '../../cli/pibatch/simulationHistory.ts';
import { answerInWords, type SimulationRow } from '../../cli/pibatch/simulationTable.ts';
import { pibatch } from '../../proto/codec.ts';
import { replay } from '../../scheduler/sim/replay.ts';
import { scoreOf } from '../../scheduler/sim/score.ts';

const MINUTE = 60_000;

const finished = (job: number, row: pibatch.JobRow.$Properties): JobView =>
  jobView(
    pibatch.JobRow.create({
      job,
      user: 'anna',
      state: 'COMPLETED',
      ranks: 4,
      cores: 4,
      timeLimitMs: 30 * MINUTE,
      submittedMs: MINUTE,
      eligibleMs: MINUTE,
      ...row,
    }),
  );

function workload(views: readonly JobView[], limit?: number) {
  const told: string[] = [];
  const terminal = {
    print: () => undefined,
    tell: (line: string) => void told.push(line),
    cells: 80,
    tint: (_: unknown, text: string) => text,
    interactive: false,
  };
  return { told, ...workloadOf(views, { processors: 8, limit, terminal }) };
}

/** Two of four cores each, then one of eight that waited for both although it had come second. */
const VIEWS = [
  finished(3, { eligibleMs: 3 * MINUTE, startedMs: 3 * MINUTE, endedMs: 9 * MINUTE, user: 'ben' }),
  finished(1, { startedMs: MINUTE, endedMs: 6 * MINUTE }),
  finished(2, {
    ranks: 2,
    cores: 8,
    eligibleMs: 2 * MINUTE,
    startedMs: 9 * MINUTE,
    endedMs: 10 * MINUTE,
    timeLimitMs: 0,
  }),
];

test('accounting becomes a workload with the waits that users had', () => {
  const { trace, recorded = [], userNames } = workload(VIEWS);
  expect(trace.jobs.map(({ number, submitS, runS }) => [number, submitS, runS])).toEqual([
    [1, 0, 300],
    [2, 60, 60],
    [3, 120, 360],
  ]);
  expect(trace.jobs[1]).toMatchObject({ processors: 8, coresPerRank: 4, estimateS: 0 });
  expect(recorded.map(({ job, startS }) => [job.number, startS])).toEqual([
    [1, 0],
    [3, 120],
    [2, 480],
  ]);
  expect([...(userNames ?? [])]).toEqual([
    [1, 'anna'],
    [2, 'ben'],
  ]);
  const replayed = replay(trace, 'fifo', { nodeCores: [4, 4, 4, 4] });
  expect(replayed.map(({ job, startS }) => [job.number, startS])).toEqual([
    [1, 0],
    [2, 60],
    [3, 120],
  ]);
});

test('what never ran, runs still or is too large is left out, and said', () => {
  const { trace, told } = workload([
    ...VIEWS,
    finished(4, { startedMs: MINUTE, state: 'RUNNING' }),
    finished(5, { state: 'CANCELLED', endedMs: 2 * MINUTE }),
    finished(6, { cores: 12, ranks: 12, startedMs: MINUTE, endedMs: 2 * MINUTE }),
  ]);
  expect(trace.jobs).toHaveLength(3);
  expect(told).toEqual([
    '3 of 6 jobs are left out: they never ran, run still, or are larger than the machine',
  ]);
  expect(workload(VIEWS, 2).trace.jobs).toHaveLength(2);
  expect(() => workload([])).toThrow('none of 0 jobs ran and fits 8 cores');
});

test('the answer is in words', () => {
  const { trace, recorded = [] } = workload(VIEWS);
  const rows: SimulationRow[] = [
    { policy: 'recorded', machine: '2 nodes', ...scoreOf(recorded, 8) },
    {
      policy: 'easy',
      machine: '4 nodes',
      ...scoreOf(replay(trace, 'easy', { nodeCores: [4, 4, 4, 4] }), 16),
    },
  ];
  expect(answerInWords(rows)).toBe('easy on 4 nodes: mean wait 2m20s -> 0s, longest 7m00s -> 0s\n');
});
