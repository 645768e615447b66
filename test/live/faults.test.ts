import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { until } from '../scheduler/live/stage.ts';
import { WitnessStage } from './witnessStage.ts';

/**
 * Scheduler, agents and broker are killed (-9) in a random order, seeded, while jobs are
 * submitted and run. Every job leaves a line at its start and one at its end: nothing may be
 * missing and nothing may be there twice.
 */
const JOBS = 30;
const FAULTS = 12;
const NODES = ['node1', 'node2'] as const;

const stage = new WitnessStage({
  nodes: NODES.map((name, core) => ({ name, cores: [core] })),
  settings: { heartbeatMs: 500, silentAfterMs: 60_000, downAfterMs: 120_000 },
});

/** Small seeded generator (mulberry32): one number below `limit`. */
function seeded(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  };
}

async function submitAll(random: (limit: number) => number): Promise<void> {
  const say = (word: string): string => `echo ${word} $PIBATCH_JOB_ID >> "${stage.folder}/lines"`;
  for (let index = 1; index <= JOBS; index += 1) {
    const text = [say('start'), `sleep 0.${random(9)}`, say('end')].join('\n');
    const spec = { name: `w${index}`, script: { text }, timeLimitMs: 600_000, requeue: true };
    // A submit that got no answer in time is sent again under its id, as pisub does.
    for (let tries = 0; ; tries += 1) {
      try {
        await stage.user.submit(`request-${index}`, spec);
        break;
      } catch (error) {
        if (tries === 3) throw error;
      }
    }
    await sleep(random(200));
  }
}

async function fault(random: (limit: number) => number): Promise<void> {
  const awayMs = random(600);
  const node = NODES[random(2)] ?? NODES[0];
  switch (random(3)) {
    case 0:
      await stage.cluster.killScheduler();
      await sleep(awayMs);
      return stage.cluster.startScheduler();
    case 1:
      await stage.cluster.killAgent(node);
      await sleep(awayMs);
      return stage.cluster.startAgent(node);
    default:
      await stage.cluster.killBroker();
      await sleep(awayMs);
      return stage.cluster.startBroker();
  }
}

test('under random kills no job is lost and none runs twice', async () => {
  const random = seeded(2026);
  const submitting = submitAll(seeded(7));
  for (let count = 0; count < FAULTS; count += 1) {
    await sleep(200 + random(800));
    await fault(random);
  }
  await submitting;
  await stage.cluster.up();
  await until('all jobs are over', async () => (await stage.user.jobs({})).length === 0);
  const rows = await stage.user.jobs({ finished: true });
  expect(rows.map(({ state }) => state)).toEqual(Array.from({ length: JOBS }, () => 'COMPLETED'));
  const lines = stage.lines();
  expect(lines).toHaveLength(2 * JOBS);
  expect(new Set(lines).size).toBe(2 * JOBS);
  // A second attempt is right only where the first never started.
  for (const { parts, attempt } of rows) {
    const before = (parts ?? []).filter((part) => (part.attempt ?? 0) < (attempt ?? 0));
    expect(before.every(({ outcome }) => outcome === 'neverStarted')).toBe(true);
  }
}, 300_000);
