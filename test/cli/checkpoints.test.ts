import { expect, test } from 'vitest';
import { attemptEfficiency } from '../../accounting/efficiency.ts';
import { checkpointsOf } from '../../cli/accounting/checkpoints.ts';
import { efficiencyReport } from '../../cli/accounting/efficiencyReport.ts';
import { attemptUsage, collectiveKinds } from '../../cli/accounting/usage.ts';
import { type JobView, jobView } from '../../cli/jobView.ts';
import { pibatch } from '../../proto/codec.ts';

const DAY = 86_400;

/** Two parts of two ranks, 1140 s; each rank made 12 checkpoints of 0.8 s. */
const part = (at: number, attempt = 2) => ({
  attempt,
  part: at,
  node: `pi${at + 1}`,
  firstRank: 2 * at,
  ranks: 2,
  cores: 2,
  startedMs: 10_000,
  endedMs: 1_150_000,
  elapsedMs: 1_140_000,
  outcome: 'exited',
  collectives: [
    { kind: 'allreduce', calls: 400, seconds: 3 },
    { kind: 'checkpoint', calls: 24, seconds: 19.2 },
  ],
});

const row = {
  job: 12,
  attempt: 2,
  state: 'COMPLETED',
  ranks: 4,
  startedMs: 10_000,
  endedMs: 1_150_000,
  parts: [part(0, 1), part(0), part(1)],
};
const view = jobView(pibatch.JobRow.create(row));

function report(of: JobView, seen: { nodeS: number; losses: number }): string[] {
  const found = {
    efficiency: attemptEfficiency(attemptUsage(of)),
    energy: undefined,
    checkpoints: checkpointsOf(of, seen),
  };
  return efficiencyReport(of, found)
    .split('\n')
    .filter((line) => /^(Checkpoints|Interval|By kind)/.test(line));
}

test('what checkpoints cost, and the interval that the losses of nodes suggest', () => {
  expect(report(view, { nodeS: 82 * DAY, losses: 2 })).toEqual([
    'By kind            allreduce 200x 1.500s (per rank)',
    'Checkpoints        12 of 0.80s, one every 95.0s (0.84% of the time)',
    "Interval           2 nodes were lost in 82d00h of node time, one every 41d00h: one every 28m04s would lose least (Daly), 0.095% of the time; this job's interval, 0.84%",
  ]);
});

test('where no node was lost, the interval is a bound and says so', () => {
  expect(report(view, { nodeS: 12 * DAY, losses: 0 }).at(-1)).toBe(
    'Interval           no node was lost in 12d00h of node time, so at most one in 4d00h (95% sure): more often than every 8m46s costs more than it saves',
  );
});

test('after less than a day of node time nothing is suggested', () => {
  const seen = { nodeS: 720, losses: 1 };
  expect(report(view, seen).at(-1)).toBe(
    'Interval           one node was lost in 12m00s of node time, too little to say how often a checkpoint pays',
  );
  expect(checkpointsOf(view, seen)).toEqual({
    made: 12,
    costS: expect.closeTo(0.8, 12),
    everyS: 95,
    seen,
    advice: undefined,
  });
});

test('a checkpoint is no collective, and a job without any says nothing of them', () => {
  expect(collectiveKinds(view).map(({ kind }) => kind)).toEqual(['allreduce']);
  const none = part(0);
  const plain = jobView(
    pibatch.JobRow.create({
      ...row,
      parts: [{ ...none, collectives: none.collectives.slice(0, 1) }],
    }),
  );
  expect(checkpointsOf(plain, { nodeS: 82 * DAY, losses: 2 })).toBeUndefined();
  expect(report(plain, { nodeS: 0, losses: 0 })).toHaveLength(1);
});
