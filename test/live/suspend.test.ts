import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeAll, expect, test } from 'vitest';
import { CommandStage } from './commandStage.ts';

/** `pictl suspend` and `resume`, as an operator types them: two nodes of one core. */
const stage = new CommandStage([0]);
const LONG_MS = 120_000;

beforeAll(async () => {
  const users = `users: {${JSON.stringify(stage.cluster.user)}: operator}\n`;
  writeFileSync(join(stage.cluster.home, 'scheduler', 'cluster.yaml'), users);
  await stage.cluster.killScheduler();
  await stage.cluster.startScheduler();
}, 60_000);

afterEach(async () => {
  await stage.run('picancel', '--me');
  await expect.poll(async () => (await stage.run('piqueue', '-h')).stdout).toBe('');
});

const shown = async (format: string, job: string): Promise<string> =>
  (await stage.run('piqueue', '-h', '-t', 'all', '-o', format, '-j', job)).stdout.trim();

const reaches = (job: string, state: string): Promise<void> =>
  expect.poll(() => shown('%T', job), { timeout: 60_000, interval: 200 }).toBe(state);

const pictl = async (...words: readonly string[]): Promise<void> => {
  const { code, stderr } = await stage.run('pictl', ...words);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
};

const pathOf = (name: string): string => join(stage.folder, name);
const count = (name: string): number =>
  existsSync(pathOf(name)) ? Number(readFileSync(pathOf(name), 'utf8')) : 0;

/** Stopped on both nodes: the scheduler says so of the order, the job hosts show it. */
async function standsStill(name: string): Promise<number> {
  let last = -1;
  await expect
    .poll(() => {
      const before = last;
      last = count(name);
      return last === before;
    })
    .toBe(true);
  const before = count(name);
  const probe = await stage.run('piqueue');
  expect(probe.code).toBe(0);
  expect(count(name)).toBe(before);
  return before;
}

/** Both ranks count by themselves, and meet in every step. */
const KERNEL = `import * as fs from 'node:fs';
export default function count(comm, { folder }) {
  for (let n = 1; ; n += 1) {
    const path = folder + '/count' + comm.rank;
    fs.writeFileSync(path + '.new', String(n));
    fs.renameSync(path + '.new', path);
    if (comm.allreduce(fs.existsSync(folder + '/go') ? 1 : 0, 'max') === 1)
      return comm.allreduce(comm.rank + 1, 'sum');
  }
}`;

test('a kernel on two nodes, while its agent and the scheduler are killed', {
  timeout: LONG_MS,
}, async () => {
  stage.write('count.js', KERNEL);
  const params = `params: {folder: ${JSON.stringify(stage.folder)}}`;
  stage.write('job.yaml', `kernel: ./count.js\nranks: 2\ntime: 1h\n${params}\n`);
  const job = await stage.submitted('job.yaml');
  await expect.poll(() => Math.min(count('count0'), count('count1'))).toBeGreaterThan(3);
  await pictl('suspend', job);
  expect(await shown('%T %t', job)).toBe('SUSPENDED S');
  const before = await standsStill('count0');
  await stage.cluster.killAgent('pi1');
  await stage.cluster.killScheduler();
  await stage.cluster.startScheduler();
  stage.cluster.startAgent('pi1');
  await expect.poll(() => stage.cluster.pidOf({ agent: 'pi1' })).toBeDefined();
  expect(await shown('%T', job)).toBe('SUSPENDED');
  expect(await standsStill('count0')).toBe(before);
  const explained = await stage.run('piqueue', 'explain', job);
  expect(explained.stdout).toMatch(/is SUSPENDED\n {2}stopped by .*pictl resume \d+ lets it go on/);
  const whole = await stage.run('pictl', 'show', 'job', job);
  expect(whole.stdout).toMatch(/SuspendedBy=\S/);
  await pictl('resume', job);
  await expect.poll(() => count('count0'), { timeout: 60_000 }).toBeGreaterThan(before);
  writeFileSync(pathOf('go'), '');
  await reaches(job, 'COMPLETED');
  const [view] = (await stage.json('piacct', '--json', '-j', job)) as [
    { suspendedMs: number; elapsedMs: number; startedMs: number; endedMs: number },
  ];
  expect(view.suspendedMs).toBeGreaterThan(0);
  expect(view.elapsedMs).toBeLessThan(view.endedMs - view.startedMs);
  const result = await stage.run('pilogs', '--result', job);
  expect(result.stdout.trim()).toBe('3');
});

test('a script with its children, cancelled while it is suspended', {
  timeout: LONG_MS,
}, async () => {
  stage.write(
    'loop.sh',
    '#!/bin/sh\ntrap \'echo bye > "$1.end"; exit 1\' TERM\nn=0\n' +
      'while :; do n=$((n+1)); echo $n > "$1.new"; mv "$1.new" "$1"; sleep 0.02; done\n',
  );
  const job = await stage.submitted('loop.sh', pathOf('loops'));
  await expect.poll(() => count('loops')).toBeGreaterThan(3);
  await pictl('suspend', job);
  await standsStill('loops');
  const ended = await stage.run('picancel', job);
  expect(ended.code).toBe(0);
  await reaches(job, 'CANCELLED');
  expect(readFileSync(pathOf('loops.end'), 'utf8')).toBe('bye\n');
});

test('what cannot be suspended or resumed is refused in one line', async () => {
  const refused = async (...words: readonly string[]): Promise<string> => {
    const { code, stderr } = await stage.run('pictl', ...words);
    expect(code).toBeGreaterThan(1);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    return stderr.trim();
  };
  const over = await stage.submitted('--wrap', 'true');
  await reaches(over, 'COMPLETED');
  const runs = await stage.submitted('-n', '2', '--wrap', 'sleep 300');
  await reaches(runs, 'RUNNING');
  const waits = await stage.submitted('--wrap', 'true');
  expect(await refused('suspend', over)).toContain(`job ${over} has already ended (COMPLETED)`);
  expect(await refused('suspend', waits)).toContain('only a RUNNING job can be suspended');
  expect(await refused('suspend', '999999')).toContain('no job 999999 is known');
  expect(await refused('resume', runs)).toContain('only a SUSPENDED job can be resumed');
  await pictl('suspend', runs);
  expect(await refused('suspend', runs)).toContain('is suspended already');
  expect(await refused('resume', 'pi9')).toContain('pi9');
});
