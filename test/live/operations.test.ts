import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { CommandStage, member } from './commandStage.ts';

/** What an operator arranges, against real processes: two nodes of one core. */
const stage = new CommandStage([0]);
const LONG_MS = 120_000;

async function configure(text: string): Promise<void> {
  const users = `users: {${JSON.stringify(stage.cluster.user)}: admin}\n`;
  writeFileSync(join(stage.cluster.home, 'scheduler', 'cluster.yaml'), users + text);
  const { code, stderr } = await stage.run('pictl', 'reconfigure');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
}

const linesOf = (file: string): readonly string[] =>
  readFileSync(join(stage.folder, file), 'utf8').split('\n').filter(Boolean);

/** Fields of piqueue's -o of one job that has not ended, or just has. */
const shown = async (format: string, job: string): Promise<string> =>
  (await stage.run('piqueue', '-h', '-t', 'all', '-o', format, '-j', job)).stdout.trim();

const reaches = (job: string, state: string): Promise<void> =>
  expect.poll(() => shown('%T', job), { timeout: 60_000, interval: 200 }).toBe(state);

afterEach(async () => {
  await stage.run('picancel', '--me');
  await expect.poll(async () => (await stage.run('piqueue', '-h')).stdout).toBe('');
  await stage.run('pictl', 'reserve', 'remove', 'lab');
  await configure('');
});

describe('preemption', () => {
  test('requeue: the higher tier runs at once, the lower job once more afterwards', {
    timeout: LONG_MS,
  }, async () => {
    await configure('partitions: {low: {preempt: requeue, grace: 1s}, high: {tier: 2}}\n');
    const witness = join(stage.folder, 'requeued');
    stage.write('low.sh', '#!/bin/sh\necho low >> "$1"\ngrep -q high "$1" || sleep 300\n');
    stage.write('high.sh', '#!/bin/sh\necho high >> "$1"\n');
    stage.write('requeued', '');
    const low = await stage.submitted('-p', 'low', '-n', '2', 'low.sh', witness);
    await expect.poll(() => linesOf('requeued')).toEqual(['low']);
    const high = await stage.submitted('-p', 'high', '-n', '2', 'high.sh', witness);
    await reaches(high, 'COMPLETED');
    await reaches(low, 'COMPLETED');
    expect(linesOf('requeued')).toEqual(['low', 'high', 'low']);
  });

  test('cancel: TERM, the time to say goodbye, PREEMPTED', { timeout: LONG_MS }, async () => {
    await configure('partitions: {low: {preempt: cancel, grace: 20s}, high: {tier: 2}}\n');
    const witness = join(stage.folder, 'cancelled');
    stage.write(
      'goodbye.sh',
      '#!/bin/sh\ntrap \'echo TERM >> "$1"; exit 1\' TERM\necho started >> "$1"\nsleep 300 & wait\n',
    );
    stage.write('cancelled', '');
    const low = await stage.submitted('-p', 'low', '-n', '2', 'goodbye.sh', witness);
    await expect.poll(() => linesOf('cancelled')).toEqual(['started']);
    const high = await stage.submitted('-p', 'high', '-n', '2', '--wrap', 'true');
    await reaches(high, 'COMPLETED');
    expect(linesOf('cancelled')).toEqual(['started', 'TERM']);
    expect(await stage.json('piacct', '--json', '-j', low)).toMatchObject([{ state: 'PREEMPTED' }]);
  });

  test('a job of the same tier waits', async () => {
    await configure('partitions: {low: {preempt: requeue}, high: {tier: 2}}\n');
    const first = await stage.submitted('-p', 'low', '-n', '2', '--wrap', 'sleep 300');
    await reaches(first, 'RUNNING');
    const second = await stage.submitted('-p', 'low', '-n', '2', '--wrap', 'true');
    await expect.poll(() => shown('%T|%r', second)).toBe('PENDING|Resources');
    expect(await shown('%T', first)).toBe('RUNNING');
  });
});

describe('reservations', () => {
  const reserve = (...args: readonly string[]) => stage.run('pictl', 'reserve', ...args);

  test('keep a node for their users, and give it back', async () => {
    const made = await reserve(
      'create',
      'lab',
      '--nodes',
      'pi1',
      '--duration',
      '1h',
      '--users',
      stage.cluster.user,
    );
    expect(made).toMatchObject({ code: 0, stderr: '' });
    const outside = await stage.submitted('-n', '2', '-t', '5', '--wrap', 'true');
    const inside = await stage.submitted('--reservation', 'lab', '-t', '5', '--wrap', 'sleep 300');
    await reaches(inside, 'RUNNING');
    expect(await shown('%N', inside)).toBe('pi1');
    const beside = await stage.submitted('-t', '5', '--wrap', 'true');
    await reaches(beside, 'COMPLETED');
    expect(await stage.json('piacct', '--json', '-j', beside)).toMatchObject([{ nodes: ['pi2'] }]);
    expect(await shown('%T', outside)).toBe('PENDING');
    await stage.run('picancel', inside);
    await reaches(inside, 'CANCELLED');
    expect(await shown('%T', outside)).toBe('PENDING');
    expect(await reserve('remove', 'lab')).toMatchObject({ code: 0, stderr: '' });
    await reaches(outside, 'COMPLETED');
  });

  test('are closed to users they do not name', async () => {
    await reserve('create', 'lab', '--nodes', 'pi1', '--duration', '1h', '--users', 'ann');
    const refused = await stage.run('pisub', '--reservation', 'lab', '-t', '5', '--wrap', 'true');
    expect(refused.code).toBe(3);
    expect(refused.stderr).toContain("reservation 'lab' is not for user");
    expect((await reserve('remove', 'lab')).code).toBe(0);
  });
});

test('piqueue --start foretells the start behind a job with a time limit', async () => {
  const first = await stage.submitted('-n', '2', '-t', '10', '--wrap', 'sleep 300');
  await reaches(first, 'RUNNING');
  const second = await stage.submitted('-n', '2', '-t', '5', '--wrap', 'true');
  const end = await shown('%e', first);
  expect(end).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/);
  // The plan counts from when the ranks began, the limit's end from the allocation just before.
  const laterMs = async (): Promise<number> =>
    Date.parse(await shown('%S', second)) - Date.parse(end);
  await expect.poll(laterMs).toBeGreaterThanOrEqual(0);
  expect(await laterMs()).toBeLessThan(300_000);
  const start = await shown('%S', second);
  const { stdout } = await stage.run('piqueue', '--start');
  expect(stdout).toMatch(/START_TIME/);
  expect(stdout).toMatch(new RegExp(`^ +${second} .* PD .*${start}`, 'm'));
  expect(stdout).not.toMatch(new RegExp(`^ +${first} `, 'm'));
});

test('-N 2 of a kernel: a rank on each of two nodes of one core, together', async () => {
  const kernel = stage.write(
    'gang.ts',
    `import type { Communicator } from 'pibatch';
     export default (comm: Communicator) => {
       const nodes = comm.gather(process.env['PIBATCH_NODE']);
       const sum = comm.allreduce(comm.rank + 1, 'sum');
       return { nodes, sum };
     };`,
  );
  const outcome = await stage.json('pisub', '--wait', '--json', '-N', '2', '-t', '5', kernel);
  expect(outcome).toMatchObject({ state: 'COMPLETED', ranks: 2, result: { sum: 3 } });
  const { nodes } = Object(Reflect.get(Object(outcome), 'result'));
  expect([...nodes].sort()).toEqual(['pi1', 'pi2']);
});

test('-C chooses the node whose features the configuration names', async () => {
  for (const [node, other] of [
    ['pi2', 'pi1'],
    ['pi1', 'pi2'],
  ] as const) {
    await configure(`nodes: {${node}: {features: [nvme]}, ${other}: {features: [camera]}}\n`);
    const outcome = await stage.json('pisub', '--wait', '--json', '-C', 'nvme', '--wrap', 'true');
    expect(outcome).toMatchObject({ state: 'COMPLETED', nodes: [node] });
    expect(member(outcome, 'ranks')).toBe('1');
  }
});

test('prune: only what is old enough, and only when it is said how old that is', {
  timeout: LONG_MS,
}, async () => {
  const none = await stage.run('pictl', 'prune');
  expect(none.code).toBe(2);
  expect(none.stderr).toContain('--older-than 90d, or set retention in cluster.yaml');
  await configure('retention: {jobs: 1h, files: 1d}\n');
  expect(await stage.json('pictl', 'prune', '--dry-run', '--json')).toMatchObject({
    dryRun: true,
    jobs: { count: 0 },
    files: { count: 0, bytes: 0 },
  });
});
