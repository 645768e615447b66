import { expect, test } from 'vitest';
import { createRandom } from '../../scheduler/sim/random.ts';
import { replay } from '../../scheduler/sim/replay.ts';
import { barsOf, heaviestUsers, spanOf, timelineOf } from '../../scheduler/sim/timeline.ts';
import { generateWorkload } from '../../scheduler/sim/workload.ts';

const trace = generateWorkload({ processors: 24, jobs: 300, seed: 11 });
const started = replay(trace, 'easy');
const span = spanOf(started);

test('the bins hold the work and the waiting of all jobs, however many there are', () => {
  const work = started.reduce((sum, { job }) => sum + job.processors * job.runS, 0);
  const waited = started.reduce((sum, { job, startS }) => sum + startS - job.submitS, 0);
  const random = createRandom(3);
  for (let round = 0; round < 10; round += 1) {
    const bins = random.whole(1, 900);
    const users = heaviestUsers(trace.jobs, random.whole(0, 5));
    const { busy, waiting } = timelineOf(started, { span, bins, users });
    const widthS = (span.toS - span.fromS) / bins;
    expect(busy).toHaveLength(users.length + 1);
    expect(busy.flat().reduce((sum, mean) => sum + mean * widthS, 0) / work).toBeCloseTo(1, 6);
    expect(waiting.reduce((sum, mean) => sum + mean * widthS, 0) / waited).toBeCloseTo(1, 6);
    for (let bin = 0; bin < bins; bin += 1) {
      const used = busy.reduce((sum, group) => sum + (group[bin] ?? 0), 0);
      expect(used).toBeLessThanOrEqual(24 + 1e-6);
    }
  }
});

test('every job has its processors for itself', () => {
  const bars = barsOf(started, 24);
  const seats = new Map<number, number>();
  for (const { job, startS, firstProcessor, processors } of bars) {
    seats.set(job.number, (seats.get(job.number) ?? 0) + processors);
    const clash = bars.find(
      (other) =>
        other.job !== job &&
        other.startS < startS + job.runS &&
        startS < other.startS + other.job.runS &&
        other.firstProcessor < firstProcessor + processors &&
        firstProcessor < other.firstProcessor + other.processors,
    );
    expect(clash).toBeUndefined();
  }
  for (const { number, processors } of trace.jobs) expect(seats.get(number)).toBe(processors);
});
