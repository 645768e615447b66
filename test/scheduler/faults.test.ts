import { describe, expect, test } from 'vitest';
import { bringToRest, createWorld, SMALL_SETTINGS } from './randomUsers.ts';

/** PIBATCH_SEEDS=5000 npx vitest run test/scheduler/faults runs more worlds. */
const SEEDS = Number(process.env['PIBATCH_SEEDS'] ?? 40);
const FIRST_SEED = Number(process.env['PIBATCH_FIRST_SEED'] ?? 1);

describe('in worlds where everything breaks', () => {
  test(`every job ends, none runs twice, and the fold equals the cluster (${SEEDS} seeds)`, () => {
    for (let seed = FIRST_SEED; seed < FIRST_SEED + SEEDS; seed += 1) {
      const cluster = createWorld(seed, 7);
      bringToRest(cluster);
      const { view, broken } = cluster.scheduler;
      const left = [...view.jobs.values()].map((job) => `${job.id} ${JSON.stringify(job.state)}`);
      expect({ seed, broken: broken.slice(0, 3), left }).toEqual({ seed, broken: [], left: [] });
      expect({ seed, broken: cluster.observer.broken }).toEqual({ seed, broken: [] });
      const submitted = cluster.journal.filter(({ kind }) => kind === 'jobSubmitted').length;
      expect(submitted).toBeGreaterThan(10);
    }
  });

  test('jobs that may not be rerun have one attempt, the others no more than their limit', () => {
    const cluster = createWorld(4242, 1_000);
    bringToRest(cluster);
    const attempts = new Map<number, number>();
    for (const event of cluster.journal) {
      if (event.kind !== 'jobRequeued' || !event.counted) continue;
      attempts.set(event.job, (attempts.get(event.job) ?? 0) + 1);
    }
    const limit = SMALL_SETTINGS.requeueLimit + 6;
    expect([...attempts.values()].every((count) => count <= limit)).toBe(true);
  });

  test('two runs of one seed write the same journal, other seeds another', () => {
    const journals = [11, 11, 12].map((seed) => JSON.stringify(createWorld(seed, 1_000).journal));
    expect(journals[0]).toBe(journals[1]);
    expect(journals[0]).not.toBe(journals[2]);
  });
});
