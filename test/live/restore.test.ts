import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { pibatch } from '../../proto/codec.ts';
import { until } from '../scheduler/live/stage.ts';
import { WitnessStage } from './witnessStage.ts';

/**
 * A backup is taken, the cluster goes on, everything is killed, the backup is restored: jobs of
 * the backup run on or have ended once, and what began after it is found on the nodes.
 */
const stage = new WitnessStage({
  nodes: [
    { name: 'node1', cores: [0] },
    { name: 'node2', cores: [1] },
  ],
  settings: { heartbeatMs: 500 },
});

const letGo = (name: string): void => writeFileSync(join(stage.folder, name), '');

/** Says its name and attempt, and waits for a file of its name. */
function witness(
  name: string,
  options: { readonly requeue: boolean },
): pibatch.JobSpec.$Properties {
  const text = [
    `echo "${name} $PIBATCH_RESTART_COUNT" >> "${stage.folder}/lines"`,
    `while [ ! -e "${stage.folder}/${name}" ]; do sleep 0.05; done`,
  ].join('\n');
  return { name, script: { text }, ranks: 1, coresPerRank: 1, timeLimitMs: 600_000, ...options };
}

test('after a restore nothing of the backup is lost and nothing runs beside itself', async () => {
  const { cluster, user, folder } = stage;
  const lines = () => stage.lines();
  await user.submit('r1', witness('runs', { requeue: false }));
  await user.submit('r2', witness('blocks', { requeue: false }));
  await user.submit('r3', witness('once', { requeue: false }));
  await user.submit('r4', witness('waits', { requeue: true }));
  await until('2 run', async () => lines().length === 2);
  const file = join(folder, 'copy.db');
  const backup = await cluster.run('pibatch', ['backup', file]);
  expect(backup, backup.stderr).toMatchObject({ code: 0 });

  // After the backup: `once` runs to its end, `waits` begins, another job is submitted.
  letGo('blocks');
  letGo('once');
  await until('waits runs', async () => lines().some((line) => line.startsWith('waits')));
  await user.submit('r5', witness('later', { requeue: true }));
  const refused = await cluster.run('pibatch', ['restore', file]);
  expect(refused).toMatchObject({ code: 2 });
  expect(refused.stderr).toContain('stop it first');

  await cluster.killScheduler();
  for (const node of ['node1', 'node2']) await cluster.killAgent(node);
  const restored = await cluster.run('pibatch', ['restore', file, '--json']);
  expect(restored, restored.stderr).toMatchObject({ code: 0 });
  expect(JSON.parse(restored.stdout)).toMatchObject({
    generation: 2,
    nextJobId: 6,
    liveJobs: 4,
    awaited: ['node1', 'node2'],
    complete: true,
  });
  await cluster.up();
  for (const name of ['runs', 'waits', 'later']) letGo(name);
  await until('all jobs are over', async () => (await user.jobs({})).length === 0);

  const rows = await user.jobs({ finished: true });
  const ends = Object.fromEntries(rows.map(({ name, state }) => [name, state]));
  expect(ends).toEqual({
    runs: 'COMPLETED',
    blocks: 'COMPLETED',
    once: 'COMPLETED',
    waits: 'COMPLETED',
  });
  const began = lines().filter((line) => !line.startsWith('waits'));
  expect(began.toSorted()).toEqual(['blocks 0', 'once 0', 'runs 0']);
  // Its first attempt was ended before the second began, unless it was over by then.
  expect(lines().filter((line) => line.startsWith('waits')).length).toBeLessThanOrEqual(2);
  const next = await user.submit('r6', witness('runs', { requeue: true }));
  expect(Number(next.job)).toBe(6);
}, 180_000);
