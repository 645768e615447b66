import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { readPidFile } from '../../proto/pidFile.ts';
import { CommandStage } from './commandStage.ts';

/** `pictl reconfigure` and SIGHUP against a real scheduler. */
const stage = new CommandStage();
const file = (): string => join(stage.cluster.home, 'scheduler', 'cluster.yaml');
const write = (text: string): void =>
  writeFileSync(file(), `users: {${JSON.stringify(stage.cluster.user)}: admin}\n${text}`);

afterEach(async () => {
  write('');
  await stage.run('pictl', 'reconfigure');
});

test('a change is in force at once, and printed', async () => {
  expect((await stage.run('pictl', 'reconfigure')).stdout).toBe('nothing has changed\n');
  write(
    'partitions: {main: {maxTime: 2h}, quick: {maxTime: 10m, nodes: pi1, qos: fast}}\nqos: {fast: {perUser: {maxSubmittedJobs: 1}}}\n',
  );
  const { stdout, stderr } = await stage.run('pictl', 'reconfigure');
  expect(stderr).toBe('');
  expect(stdout).toBe(
    'partitions.main.maxTime: 30-00:00:00 -> 02:00:00\n' +
      'partitions.quick: added, name=quick,maxTime=00:10:00,nodes=pi1,qos=fast\n' +
      'qos: added, name=fast,perUser=maxSubmittedJobs=1\n',
  );
  expect(await stage.json('pictl', 'show', 'partition', 'quick', '--json')).toMatchObject({
    name: 'quick',
    maxTimeMs: 600_000,
    nodes: ['pi1'],
  });
  expect((await stage.run('pinodes', '-h', '-P')).stdout).toMatch(/main\*,quick[\s\S]*main\*\|/);
  const job = await stage.submitted('-H', '-p', 'quick', '-t', '5', '--wrap', 'true');
  const second = await stage.run('pisub', '-H', '-p', 'quick', '-t', '5', '--wrap', 'true');
  expect(second.code).toBe(3);
  expect(second.stderr).toMatch(
    /QOSMaxSubmitJobPerUserLimit: \S+ in QoS fast: 1 job in the queue or running, of at most 1; this would add 1\n$/,
  );
  const tooLong = await stage.run('pisub', '-p', 'quick', '-t', '11', '--wrap', 'true');
  expect(tooLong.stderr).toContain('longer than the partition allows');
  await stage.run('picancel', job);
});

test('a file that is wrong changes nothing, and says where it is wrong', async () => {
  write('partitions:\n  main: {maxTime: 2x}\npolicy: fast\n');
  const { code, stderr } = await stage.run('pictl', 'reconfigure');
  expect(code).toBe(2);
  expect(stderr).toBe(
    'pictl: nothing was changed:\n' +
      'pictl: cluster.yaml:3:10: partitions.main.maxTime: "2x" is no time limit (use 30m, 2h, 1-00:00)\n' +
      'pictl: cluster.yaml:4:1: policy: "fast" is none of backfill, easy, fifo, predictive, round-robin, random, weighted, least-loaded, min-completion\n',
  );
  expect(await stage.json('pictl', 'show', 'partition', '--json')).toMatchObject({
    name: 'main',
    maxTimeMs: 30 * 86_400_000,
  });
});

test('what running jobs stand on cannot be taken away', async () => {
  const job = await stage.submitted('--wrap', 'sleep 300');
  await vi.waitFor(
    async () =>
      expect((await stage.run('piqueue', '-h', '-o', '%t', '-j', job)).stdout).toBe('R\n'),
    { timeout: 90_000, interval: 100 },
  );
  write('partitions: {other: {}}\n');
  const { code, stderr } = await stage.run('pictl', 'reconfigure');
  expect(code).toBe(3);
  expect(stderr).toBe(
    `pictl: the new configuration has no partition main, where job ${job} runs; nothing was changed: drain it and wait, or requeue them\n`,
  );
  expect((await stage.run('picancel', job)).code).toBe(0);
});

test('weights order the queue; piqueue and piacct show the terms', async () => {
  const none = await stage.run('piqueue', '--priority');
  expect(none.stderr).toContain('there are no weights, so it is first come, first served');
  const holders = await Promise.all(
    ['pi1', 'pi2'].map(() => stage.submitted('-n', '2', '--wrap', 'sleep 300')),
  );
  write(
    'priority: {qos: 1000, size: 100, fairShare: 50}\nqos: {high: {priority: 500000}}\n' +
      'accounts: {lab: {shares: 3}, guests: {}}\n',
  );
  await stage.run('pictl', 'reconfigure');
  const plain = await stage.submitted('-A', 'lab', '--wrap', 'true');
  const high = await stage.submitted('-A', 'lab', '-q', 'high', '-n', '2', '--wrap', 'true');
  const rows = await stage.json('piqueue', '--priority', '--json');
  expect(rows).toMatchObject([
    { job: Number(high), qos: 'high', priority: 600, terms: { qos: 500, size: 50, fairShare: 50 } },
    { job: Number(plain), qos: '', priority: 75, terms: { qos: 0, size: 25, fairShare: 50 } },
  ]);
  expect((await stage.run('piqueue', '--priority', '-j', plain)).stdout).toMatch(
    new RegExp(`JOBID +PARTITION +USER +PRIORITY[^\\n]*\\n +${plain} +main +\\S+ +75 +0 +50 +25 `),
  );
  expect(await stage.json('piacct', 'fairshare', '--json')).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ account: 'lab', shares: 3, depth: 0 }),
      expect.objectContaining({ account: 'lab', user: stage.cluster.user, depth: 1, usage: 0 }),
    ]),
  );
  await stage.run('picancel', plain, high, ...holders);
});

test('a lower number of cores holds from the next report, and SIGHUP reads the file too', async () => {
  write('nodes: {pi2: {cores: 1, features: [ssd]}}\n');
  const pid = readPidFile(join(stage.cluster.home, 'scheduler', 'scheduler.pid'))?.pid;
  if (pid === undefined) throw new Error('no scheduler runs');
  process.kill(pid, 'SIGHUP');
  await vi.waitFor(
    async () =>
      expect(await stage.json('pictl', 'show', 'node', 'pi2', '--json')).toMatchObject({
        cores: 1,
      }),
    { timeout: 90_000, interval: 200 },
  );
});
