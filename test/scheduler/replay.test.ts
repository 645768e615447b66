import { existsSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { POLICY_NAMES, type PolicyName } from '../../scheduler/model/policyName.ts';
import { equalNodes, replay } from '../../scheduler/sim/replay.ts';
import { createRandom } from '../../scheduler/sim/random.ts';
import { readTrace } from '../../scheduler/sim/runSimulation.ts';
import { scoreOf } from '../../scheduler/sim/score.ts';
import type { Trace, TraceJob } from '../../scheduler/sim/swf.ts';
import { generateWorkload } from '../../scheduler/sim/workload.ts';
import { parseTrace, TraceError, withEstimates } from '../../scheduler/sim/swf.ts';

/** The recorded workloads are not shipped: these tests add to the others where they are at hand. */
const TRACES = process.env['PIBATCH_TRACES'] ?? '/nowhere';

const job = (number: number, fields: Partial<TraceJob>): TraceJob => ({
  number,
  submitS: 0,
  runS: 60,
  processors: 1,
  estimateS: 60,
  user: 1,
  executable: 1,
  ...fields,
});

const startsOf = (trace: Trace, policy: PolicyName): Map<number, number> =>
  new Map(replay(trace, policy).map(({ job: { number }, startS }) => [number, startS]));

function randomTrace(seed: number): Trace {
  const random = createRandom(seed);
  let submitS = 0;
  const jobs = Array.from({ length: 120 }, (_, at) => {
    submitS += random.whole(0, 40);
    const runS = random.whole(1, 200);
    const estimateS = runS * random.whole(1, 4);
    const user = random.whole(1, 4);
    return job(at + 1, { submitS, runS, estimateS, processors: random.whole(1, 12), user });
  });
  return { processors: 16, jobs, rows: jobs.length };
}

/** EASY second by second, written to be obviously right. */
function slowEasy(trace: Trace): Map<number, number> {
  const starts = new Map<number, number>();
  let waiting: TraceJob[] = [];
  let running: { job: TraceJob; startS: number }[] = [];
  for (let nowS = 0; starts.size < trace.jobs.length; nowS += 1) {
    running = running.filter((one) => one.startS + one.job.runS > nowS);
    waiting.push(...trace.jobs.filter(({ submitS }) => submitS === nowS));
    const freeAt = (atS: number): number =>
      running.reduce(
        (free, one) => free - (one.startS + one.job.estimateS > atS ? one.job.processors : 0),
        trace.processors,
      );
    const start = (one: TraceJob): void => {
      starts.set(one.number, nowS);
      running.push({ job: one, startS: nowS });
      waiting = waiting.filter((other) => other !== one);
    };
    for (let head = waiting[0]; head && head.processors <= freeAt(nowS); head = waiting[0])
      start(head);
    const head = waiting[0];
    if (!head) continue;
    let shadowS = nowS;
    while (freeAt(shadowS) < head.processors) shadowS += 1;
    for (const one of waiting.slice(1)) {
      if (one.processors > freeAt(nowS)) continue;
      const spare = freeAt(shadowS) - head.processors;
      if (nowS + one.estimateS <= shadowS || one.processors <= spare) start(one);
    }
  }
  return starts;
}

describe('replay', () => {
  test("Slurm's own backfill example: jobs 1 and 3 run, 2 waits", () => {
    const jobs = [
      job(1, { processors: 1, runS: 600, estimateS: 600 }),
      job(2, { processors: 32, runS: 600, estimateS: 600 }),
      job(3, { processors: 31, runS: 300, estimateS: 300 }),
    ];
    const trace = { processors: 32, jobs, rows: 3 };
    for (const policy of ['easy', 'backfill', 'predictive'] as const) {
      expect(Object.fromEntries(startsOf(trace, policy))).toEqual({ 1: 0, 2: 600, 3: 0 });
      const onNodes = replay(trace, policy, { nodeCores: equalNodes(32, 1) });
      expect(onNodes.map(({ job: { number }, startS }) => [number, startS])).toEqual([
        [1, 0],
        [3, 0],
        [2, 600],
      ]);
    }
    expect(Object.fromEntries(startsOf(trace, 'fifo'))).toEqual({ 1: 0, 2: 600, 3: 1_200 });
  });

  test('EASY starts every job when a second-by-second EASY does', () => {
    for (let seed = 1; seed <= 15; seed += 1) {
      const trace = randomTrace(seed);
      expect(startsOf(trace, 'easy')).toEqual(slowEasy(trace));
    }
  });

  test('nodes of one core each start ranks of one core like a flat pool does', () => {
    const trace = randomTrace(7);
    for (const policy of ['fifo', 'easy', 'backfill'] as const) {
      const starts = (coresPerNode: number) =>
        replay(trace, policy, { nodeCores: equalNodes(16, coresPerNode) }).map(
          ({ job: { number }, startS }) => [number, startS],
        );
      expect(starts(4)).toEqual(starts(16));
    }
  });

  test('no time limit is too long, and none is none', () => {
    const jobs = [
      job(1, { runS: 9_000_000, estimateS: 9_000_000 }),
      job(2, { submitS: 1, runS: 5, estimateS: 0 }),
    ];
    for (const policy of POLICY_NAMES) {
      const starts = startsOf({ processors: 1, jobs, rows: 2 }, policy);
      expect(Object.fromEntries(starts)).toEqual({ 1: 0, 2: 9_000_000 });
    }
  });

  test('no policy uses more processors than there are', () => {
    for (const policy of ['fifo', 'easy', 'backfill', 'predictive'] as const) {
      const trace = randomTrace(99);
      const started = replay(trace, policy);
      expect(started.length).toBe(trace.jobs.length);
      for (const { startS } of started) {
        const busy = started
          .filter((one) => one.startS <= startS && one.startS + one.job.runS > startS)
          .reduce((sum, one) => sum + one.job.processors, 0);
        expect(busy).toBeLessThanOrEqual(trace.processors);
      }
    }
  });
});

describe('made-up workloads', () => {
  test('equal seeds give equal jobs that fit the machine and load it to 0.9', () => {
    const options = { processors: 64, jobs: 2_000, seed: 5 };
    const trace = generateWorkload(options);
    expect(generateWorkload(options)).toEqual(trace);
    expect(generateWorkload({ ...options, seed: 6 })).not.toEqual(trace);
    const area = trace.jobs.reduce((sum, { processors, runS }) => sum + processors * runS, 0);
    const load = area / (64 * (trace.jobs.at(-1)?.submitS ?? 1));
    expect(load).toBeGreaterThan(0.8);
    expect(load).toBeLessThan(1);
    for (const { processors, runS, estimateS } of trace.jobs) {
      expect(processors >= 1 && processors <= 64 && runS <= estimateS).toBe(true);
    }
  });
});

describe('traces', () => {
  const line = (fields: number[]): string => fields.join(' ');
  const row = (submit: number, run: number, processors: number, estimate: number): string =>
    line([
      1,
      submit,
      -1,
      run,
      processors,
      -1,
      -1,
      processors,
      estimate,
      -1,
      1,
      7,
      1,
      2,
      0,
      -1,
      -1,
      -1,
    ]);

  test('reads the header, drops what cannot have run, kills at the estimate', () => {
    const text = [
      '; MaxProcs: 8',
      row(5, 0, 4, 30),
      row(6, 9, 9, 30),
      row(7, 9, 1, -1),
      row(10, 5, 4, 30),
      row(20, 50, 2, 30),
    ].join('\n');
    const trace = withEstimates(parseTrace(text, undefined));
    expect(trace).toMatchObject({ processors: 8, rows: 5 });
    expect(trace.jobs.map(({ submitS, runS }) => [submitS, runS])).toEqual([
      [10, 5],
      [20, 30],
    ]);
  });

  test.each([
    ['; MaxProcs: 8\n1 2 3', 'line 2: 3 fields instead of 18; write -1 for what is not known'],
    [`; MaxProcs: 8\n${row(1, 2, 3, 4).replace('7', 'x')}`, "field 12 is not a number: 'x'"],
    [`; MaxProcs: 8\n${row(-5, 2, 3, 4)}`, 'line 2: submit time (field 2) is -5 s; only -1'],
    [
      `; MaxProcs: 8\n${row(9, 2, 3, 4)}\n${row(8, 2, 3, 4)}`,
      'line 3: submitted at 8 s, but a job above at 9 s: sort the trace by submit time',
    ],
    ['; MaxProcs: 8\n', 'the trace ends without a job'],
    ['', 'line 1: no MaxProcs in the header'],
  ])('refuses %j', (text, problem) => {
    expect(() => parseTrace(text, undefined)).toThrow(TraceError);
    expect(() => parseTrace(text, undefined)).toThrow(problem);
  });

  test('agrees job by job with an independent simulator, where the traces are at hand', () => {
    const path = `${TRACES}/KTH-SP2-1996-2.swf.gz`;
    if (!existsSync(path)) return;
    const trace = readTrace(path, undefined);
    for (const [policy, name, slowdown] of [
      ['fifo', 'fcfs', 6814.97],
      ['easy', 'easy', 92.69],
      ['backfill', 'conservative', 88.97],
    ] as const) {
      const file = `${TRACES}/expected/KTH-SP2-1996-2.${name}.starts.gz`;
      const lines = gunzipSync(readFileSync(file)).toString().trim().split('\n');
      const wanted = new Map(lines.map((one) => one.split(' ').map(Number) as [number, number]));
      expect(startsOf(trace, policy)).toEqual(wanted);
      const score = scoreOf(replay(trace, policy), trace.processors);
      expect(score.meanBoundedSlowdown).toBeCloseTo(slowdown, 1);
    }
  });
});
