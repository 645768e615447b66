import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Bus, connectBus } from '../../proto/bus.ts';
import type { pibatch } from '../../proto/codec.ts';
import { readConnection } from '../../proto/connection.ts';
import { Asker, until } from '../scheduler/live/stage.ts';
import { type LiveCluster, startCluster } from './cluster.ts';

/**
 * What users keep when a part of the system is killed under them: every job that was accepted
 * ends, and none runs twice. Each job appends one line to a witness file.
 */
let cluster: LiveCluster;
let bus: Bus;
let user: Asker;
let witnessFolder: string;

beforeEach(async () => {
  witnessFolder = mkdtempSync(join(tmpdir(), 'pibatch-witness-'));
  cluster = await startCluster({
    nodes: [
      { name: 'node1', cores: [0] },
      { name: 'node2', cores: [1] },
    ],
    settings: { heartbeatMs: 500, silentAfterMs: 30_000, downAfterMs: 60_000 },
  });
  bus = await connectBus({
    connection: readConnection(cluster.connectionPath),
    name: 'test',
    waitForBroker: true,
    onTrouble: () => undefined,
  });
  user = new Asker(bus, cluster.user);
}, 120_000);

afterEach(async () => {
  await bus.close();
  await cluster.stop();
  rmSync(witnessFolder, { recursive: true });
}, 60_000);

const witnessed = (): string[] => {
  try {
    return readFileSync(join(witnessFolder, 'lines'), 'utf8').trim().split('\n');
  } catch {
    return [];
  }
};

/** Says that it runs, and waits until the test lets it go on. */
function witnessJob(name: string): pibatch.JobSpec.$Properties {
  const script = [
    `echo "$PIBATCH_JOB_ID" >> "${witnessFolder}/lines"`,
    `while [ ! -e "${witnessFolder}/go" ]; do sleep 0.1; done`,
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

const letGo = (): void => writeFileSync(join(witnessFolder, 'go'), '');

async function everyJobCompleted(count: number): Promise<void> {
  await until(`${count} jobs complete`, async () => (await user.jobs({})).length === 0);
  const rows = await user.jobs({ finished: true });
  expect(rows.map(({ state, attempt }) => `${state} ${attempt}`)).toEqual(
    Array.from({ length: count }, () => 'COMPLETED 1'),
  );
  const lines = witnessed();
  expect(lines).toHaveLength(count);
  expect(new Set(lines).size).toBe(count);
}

test('kill -9 of the scheduler while 20 jobs are queued and 2 run: 22 complete, none twice', async () => {
  for (let index = 1; index <= 22; index += 1)
    await user.submit(`request-${index}`, witnessJob(`witness-${index}`));
  await until('2 run', async () => witnessed().length === 2);
  const states = (await user.jobs({})).map(({ state }) => state);
  expect(states.filter((state) => state === 'PENDING')).toHaveLength(20);
  await cluster.killScheduler();
  await cluster.startScheduler();
  // While it was away nobody ran anything a second time, and the queue is as it was.
  const after = await user.jobs({});
  expect(after.filter(({ state }) => state === 'PENDING')).toHaveLength(20);
  expect(witnessed()).toHaveLength(2);
  letGo();
  await everyJobCompleted(22);
}, 180_000);

test('jobs that end while the scheduler is dead are recorded when it is back', async () => {
  await user.submit('request-1', witnessJob('one'));
  await user.submit('request-2', witnessJob('two'));
  await until('2 run', async () => witnessed().length === 2);
  await cluster.killScheduler();
  letGo();
  await cluster.startScheduler();
  await everyJobCompleted(2);
}, 120_000);

test('the broker killed and started again in the middle of jobs costs nothing', async () => {
  for (let index = 1; index <= 4; index += 1)
    await user.submit(`request-${index}`, witnessJob(`witness-${index}`));
  await until('2 run', async () => witnessed().length === 2);
  await cluster.killBroker();
  letGo();
  await cluster.startBroker();
  await everyJobCompleted(4);
}, 120_000);
