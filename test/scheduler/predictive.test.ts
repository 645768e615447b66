import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createCluster } from '../../scheduler/machine/cluster.ts';
import { beginTurn } from '../../scheduler/machine/turn.ts';
import { submitJob } from '../../scheduler/machine/submission.ts';
import { DEFAULT_SETTINGS } from '../../scheduler/model/defaultSettings.ts';
import { jobId, requestId, userName } from '../../scheduler/model/ids.ts';
import type { Job } from '../../scheduler/model/job.ts';
import { timeMs } from '../../scheduler/model/time.ts';
import { predictedMs } from '../../scheduler/policy/prediction.ts';
import { MOST_SLACK_MS, predictiveOrder, slackMs } from '../../scheduler/policy/predictiveOrder.ts';
import { pastStarts, sizeClass, type RecentStart } from '../../scheduler/policy/recentStarts.ts';
import { replay } from '../../scheduler/sim/replay.ts';
import { createRandom } from '../../scheduler/sim/random.ts';
import type { Trace, TraceJob } from '../../scheduler/sim/swf.ts';
import { requestOf } from './requests.ts';

const PROCESSORS = 16;
const LONGEST_S = 6 * 3_600;

/** About as much work as the machine can do, small jobs that leave no room for wide ones. */
function adversarialTrace(seed: number): Trace {
  const random = createRandom(seed);
  const small = random.whole(3, 9);
  const gapS = Math.round(random.whole(300, 500) * (1 + small));
  const jobs: TraceJob[] = [];
  let submitS = 0;
  for (let number = 1; number <= 1_000; number += 1) {
    submitS += random.whole(0, 2 * gapS);
    const wide = number > 5 && random.chance(0.02);
    const runS = wide ? random.whole(600, LONGEST_S) : random.whole(1, LONGEST_S);
    jobs.push({
      number,
      submitS,
      runS,
      estimateS: Math.min(LONGEST_S, runS * random.whole(1, 5)),
      processors: wide ? random.whole(9, PROCESSORS) : random.whole(1, small),
      user: wide ? 1 : random.whole(2, 5),
      executable: 1,
    });
  }
  return { processors: PROCESSORS, jobs, rows: jobs.length };
}

describe('the order of predictive', () => {
  test('nobody starves: after the slack a job waits for reservations of those before it only', () => {
    let passed = 0;
    for (let seed = 1; seed <= 8; seed += 1) {
      const started = replay(adversarialTrace(seed), 'predictive');
      let longestWaitS = 0;
      for (const [at, { job, startS }] of started.entries()) {
        const dueS = job.submitS + slackMs(longestWaitS) / 1_000;
        longestWaitS = Math.max(longestWaitS, startS - job.submitS);
        if (startS <= dueS) continue;
        passed += 1;
        const ahead = started.filter(
          (other, place) => place < at && other.job.submitS <= dueS && other.startS >= dueS,
        );
        expect(startS).toBeLessThanOrEqual(dueS + (ahead.length + 1) * LONGEST_S);
      }
    }
    expect(passed).toBeGreaterThan(0);
  });

  test('a wide job amid an endless stream of small ones starts soon after six hours', () => {
    const stream = Array.from({ length: 400 }, (_, at) => jobOf(at + 2, at * 100, 9, 100));
    const wide = jobOf(1, 1, PROCESSORS, 600);
    const jobs = [...stream.slice(0, 1), wide, ...stream.slice(1)];
    const started = replay({ processors: PROCESSORS, jobs, rows: jobs.length }, 'predictive');
    const startS = started.find(({ job }) => job.number === 1)?.startS ?? 0;
    expect(startS).toBeGreaterThan(3_600);
    expect(startS).toBeLessThanOrEqual(6 * 3_600 + 1 + 200);
  });

  test('whatever the past was, no job is before one that came a week earlier', () => {
    const starts = fc.array(fc.tuple(fc.nat(500), fc.nat(10_000_000)), { maxLength: 200 });
    const waiting = fc.array(fc.tuple(fc.nat(30 * 86_400), fc.integer({ min: 1, max: 64 })), {
      minLength: 2,
      maxLength: 30,
    });
    fc.assert(
      fc.property(starts, waiting, (past, jobs) => {
        const sorted = jobs.toSorted(([a], [b]) => a - b);
        const cluster = clusterOf(past, sorted);
        const order = predictiveOrder(cluster, timeMs(40 * 86_400_000));
        expect(order.toSorted((a, b) => a - b)).toEqual(sorted.map((_, at) => at + 1));
        let latestMs = 0;
        for (const id of order) {
          const submittedMs = cluster.jobs.get(id)?.submittedMs ?? 0;
          expect(submittedMs).toBeGreaterThanOrEqual(latestMs - MOST_SLACK_MS - 1);
          latestMs = Math.max(latestMs, submittedMs);
        }
      }),
      { numRuns: 200 },
    );
  });
});

function jobOf(number: number, submitS: number, processors: number, runS: number): TraceJob {
  const user = processors === PROCESSORS ? 1 : 2;
  return { number, submitS, runS, processors, estimateS: runS, user, executable: 1 };
}

function clusterOf(
  past: readonly RecentStart[],
  jobs: readonly (readonly [submitS: number, ranks: number])[],
) {
  const cluster = createCluster(DEFAULT_SETTINGS, 1);
  cluster.recentStarts.push(...past);
  for (const [at, [submitS, ranks]] of jobs.entries()) {
    submitJob(beginTurn(cluster, timeMs(submitS * 1_000)), {
      user: userName('anna'),
      requestId: requestId(`r${at}`),
      request: requestOf({ ranks, timeLimitMs: 60_000 }),
      schedule: undefined,
    });
  }
  return cluster;
}

describe('predictions', () => {
  const at = timeMs(100_000);
  const history = (...runs: number[]) => ({ recentRunsMs: new Map([[userName('anna'), runs]]) });
  const waiting = (timeLimitMs: number): Job => {
    const cluster = clusterOf([], [[0, 1]]);
    const job = cluster.jobs.get(jobId(1));
    if (!job) throw new Error('no job');
    return { ...job, request: { ...job.request, timeLimitMs } };
  };
  const running = (timeLimitMs: number, startedMs: number): Job => ({
    ...waiting(timeLimitMs),
    state: {
      kind: 'active',
      attempt: { number: 1, startedMs: timeMs(startedMs), parts: [], ending: undefined },
    },
  });

  test.each([
    ['nothing is known: the limit', history(), waiting(60_000), 60_000],
    ['no limit either', history(), waiting(0), Infinity],
    ['the mean of the last two', history(10_000, 30_000), waiting(60_000), 20_000],
    ['never above the limit', history(100_000), waiting(60_000), 60_000],
    ['not exceeded yet', history(30_000), running(60_000, 80_000), 30_000],
    ['exceeded: corrected', history(10_000), running(600_000, 65_000), 40_000],
    ['exceeded far: the limit', history(10_000), running(70_000, 35_000), 70_000],
  ])('%s', (_, past, job, wanted) => {
    expect(predictedMs(past, job, at)).toBe(wanted);
  });

  test('a job that runs longer than predicted is left alone', () => {
    const short = Array.from({ length: 4 }, (_, n) => jobOf(n + 1, n * 20, 1, 10));
    const long = { ...jobOf(5, 100, 1, 5_000), estimateS: 6_000 };
    const other = jobOf(6, 101, PROCESSORS, 60);
    const jobs = [...short, long, other];
    const started = replay({ processors: PROCESSORS, jobs, rows: 6 }, 'predictive');
    expect(started.find(({ job }) => job === other)?.startS).toBe(5_100);
  });
});

test('shares of recent starts are those of a count', () => {
  const areas = fc.array(fc.tuple(fc.double({ min: 1, max: 1e24, noNaN: true }), fc.nat(10_000)), {
    minLength: 1,
    maxLength: 100,
  });
  fc.assert(
    fc.property(areas, (past) => {
      const starts = past.map(([area, waitS]) => [sizeClass(area), waitS] as const);
      const { longestWaitS, shareBelow } = pastStarts(starts);
      expect(longestWaitS).toBe(Math.max(...past.map(([, waitS]) => waitS)));
      for (const [size] of starts) {
        const count = starts.filter(([other]) => other < size).length;
        expect(shareBelow(size)).toBe(count / starts.length);
      }
    }),
  );
});
