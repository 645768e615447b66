import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { liveJobHosts } from '../../cli/pibatch/jobHosts.ts';
import type { pibatch } from '../../proto/codec.ts';
import { until } from '../scheduler/live/stage.ts';
import { WitnessStage } from './witnessStage.ts';

/**
 * What users keep when a part of the system is killed under them: every job that was accepted
 * ends, and none runs twice. Each job appends one line to a witness file.
 */
const stage = new WitnessStage({
  nodes: [
    { name: 'node1', cores: [0] },
    { name: 'node2', cores: [1] },
  ],
  settings: { heartbeatMs: 500, silentAfterMs: 30_000, downAfterMs: 60_000 },
});

/** Says that it runs, and waits until the test lets it go on. */
function witnessJob(name: string): pibatch.JobSpec.$Properties {
  const script = [
    `echo "$PIBATCH_JOB_ID" >> "${stage.folder}/lines"`,
    `while [ ! -e "${stage.folder}/go" ]; do sleep 0.1; done`,
  ].join('\n');
  return {
    name,
    script: { text: script },
    ranks: 1,
    coresPerRank: 1,
    timeLimitMs: 600_000,
    requeue: true,
  };
}

const letGo = (): void => writeFileSync(join(stage.folder, 'go'), '');

async function everyJobCompleted(count: number): Promise<void> {
  await until(`${count} jobs complete`, async () => (await stage.user.jobs({})).length === 0);
  const rows = await stage.user.jobs({ finished: true });
  expect(rows.map(({ state, attempt }) => `${state} ${attempt}`)).toEqual(
    Array.from({ length: count }, () => 'COMPLETED 1'),
  );
  const lines = stage.lines();
  expect(lines).toHaveLength(count);
  expect(new Set(lines).size).toBe(count);
}

test('kill -9 of the scheduler while 20 jobs are queued and 2 run: 22 complete, none twice', async () => {
  for (let index = 1; index <= 22; index += 1)
    await stage.user.submit(`request-${index}`, witnessJob(`witness-${index}`));
  await until('2 run', async () => stage.lines().length === 2);
  const states = (await stage.user.jobs({})).map(({ state }) => state);
  expect(states.filter((state) => state === 'PENDING')).toHaveLength(20);
  await stage.cluster.killScheduler();
  await stage.cluster.startScheduler();
  // While it was away nobody ran anything a second time, and the queue is as it was.
  const after = await stage.user.jobs({});
  expect(after.filter(({ state }) => state === 'PENDING')).toHaveLength(20);
  expect(stage.lines()).toHaveLength(2);
  letGo();
  await everyJobCompleted(22);
}, 180_000);

test('jobs that end while the scheduler is dead are recorded when it is back', async () => {
  await stage.user.submit('request-1', witnessJob('one'));
  await stage.user.submit('request-2', witnessJob('two'));
  await until('2 run', async () => stage.lines().length === 2);
  await stage.cluster.killScheduler();
  letGo();
  await stage.cluster.startScheduler();
  await everyJobCompleted(2);
}, 120_000);

test('the broker killed and started again in the middle of jobs costs nothing', async () => {
  for (let index = 1; index <= 4; index += 1)
    await stage.user.submit(`request-${index}`, witnessJob(`witness-${index}`));
  await until('2 run', async () => stage.lines().length === 2);
  await stage.cluster.killBroker();
  letGo();
  await stage.cluster.startBroker();
  await everyJobCompleted(4);
}, 120_000);

test('a job host that is killed costs an attempt, and the job itself only if it may not be rerun', async () => {
  const again = await stage.user.submit('request-1', witnessJob('again'));
  await stage.user.submit('request-2', { ...witnessJob('never'), requeue: false });
  await until('2 run', async () => stage.lines().length === 2);
  for (const node of ['node1', 'node2'])
    for (const { pid } of liveJobHosts(stage.cluster.nodeHome(node))) process.kill(pid, 'SIGKILL');
  await until('one waits again', async () => {
    const [row, ...more] = await stage.user.jobs({});
    return row?.state === 'PENDING' && more.length === 0;
  });
  const [waiting] = await stage.user.jobs({});
  expect(waiting).toMatchObject({ job: again.job, reason: 'BeginTime' });
  const rows = await stage.user.jobs({ finished: true });
  const failed = rows.find(({ name }) => name === 'never');
  expect(failed?.state).toBe('FAILED');
  expect(failed?.message).toContain('was killed before it could record an end');
}, 120_000);
