import { chmodSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { CommandStage, member } from './commandStage.ts';

/** pisub and pirun as a user types them, against real processes. */
const stage = new CommandStage();

describe('pisub', () => {
  test('--wait --json prints one object with the result of a kernel on two nodes', async () => {
    stage.write(
      'kernels/sum.ts',
      `import type { Communicator } from 'pibatch';
       export default (comm: Communicator, params: { base: number }) => {
         console.log('rank', comm.rank);
         return { sum: comm.allreduce(params.base + comm.rank, 'sum'), size: comm.size };
       };`,
    );
    const file = stage.write(
      'kernels/job.yaml',
      'name: sum\nkernel: ./sum.ts\nranks: 4\ntime: 1m\nparams: {base: 10}\n',
    );
    const outcome = await stage.json('pisub', '--wait', '--json', file);
    expect(outcome).toMatchObject({
      name: 'sum',
      state: 'COMPLETED',
      exitCode: 0,
      result: { sum: 46, size: 4 },
      ranks: 4,
      elapsedMs: expect.any(Number),
      nodes: expect.arrayContaining(['pi1', 'pi2']),
    });
    const job = member(outcome, 'job');
    const logs = await stage.run('pilogs', '-l', job);
    expect(logs.stdout.trim().split('\n').sort()).toEqual(
      [0, 1, 2, 3].map((rank) => `${rank}: rank ${rank}`),
    );
    expect(JSON.parse((await stage.run('pilogs', '--result', job)).stdout)).toEqual({
      sum: 46,
      size: 4,
    });
  });

  test('prints what sbatch prints; the exit code of a failed job is its own', async () => {
    const quick = await stage.run('pisub', '--wrap', 'true');
    expect(quick).toMatchObject({ code: 0, stderr: '' });
    expect(quick.stdout).toMatch(/^Submitted batch job \d+\n$/);
    const failed = await stage.run('pisub', '--wait', '--wrap', 'exit 7');
    expect(failed.code).toBe(7);
    expect(failed.stderr).toMatch(/job \d+ FAILED after .* \(exit 7:0, NonZeroExitCode\)/);
    const killed = await stage.run('pisub', '--wait', '--wrap', 'kill -9 $$');
    expect(killed.code).toBe(137);
  });

  test('scripts with lines, arguments and variables; on standard input too', async () => {
    stage.write(
      's.sh',
      '#!/bin/sh\n#SBATCH -J lines -t 5 -o x\n#PIBATCH --env A=1\necho "$A $B $*"\n',
    );
    const ran = await stage.run('pisub', '--wait', '--env', 'B=2', 's.sh', 'x', '--wait');
    expect(ran.stderr).toContain('s.sh:2: -o is left out');
    const job = /batch job (\d+)/.exec(ran.stdout)?.[1] ?? '';
    expect((await stage.run('pilogs', job)).stdout).toBe('1 2 x --wait\n');
    expect(await stage.json('piacct', '--json', '-j', job)).toMatchObject([
      { name: 'lines', timeLimitMs: 300_000 },
    ]);
    const piped = await stage.runWith({ stdin: '#!/bin/sh\nexit 3\n' }, 'pisub', '--wait', '-');
    expect(piped.code).toBe(3);
  });

  test('inputs and outputs travel, and are fetched whole', async () => {
    stage.write('data/in/a.txt', 'alpha');
    const script = stage.write(
      'data/tool.sh',
      '#!/bin/sh\nmkdir out; tr a-z A-Z < in/a.txt > out/a.txt\n',
    );
    chmodSync(join(stage.folder, script), 0o755);
    const file = stage.write(
      'data/job.yaml',
      'command: [./tool.sh]\ninputs: [tool.sh, in/*]\noutputs: [out/*.txt]\n',
    );
    const outcome = await stage.json('pisub', '--wait', '--json', file);
    expect(outcome).toMatchObject({ state: 'COMPLETED' });
    const job = member(outcome, 'job');
    const fetched = await stage.run('pilogs', '--fetch', 'got', job);
    expect(fetched).toMatchObject({ code: 0, stdout: 'got/out/a.txt\n' });
    expect(readFileSync(join(stage.folder, 'got/out/a.txt'), 'utf8')).toBe('ALPHA');
  });

  test('an array: every task, the highest exit code', async () => {
    const outcome = await stage.json(
      'pisub',
      '--wait',
      '--json',
      '-a',
      '1-3%2',
      '--wrap',
      'exit $SLURM_ARRAY_TASK_ID',
    );
    expect(outcome).toMatchObject({
      state: 'FAILED',
      exitCode: 3,
      tasks: [1, 2, 3].map((task) => ({ task, exitCode: task })),
    });
  });

  test('the same request id never makes a second job', async () => {
    const args = ['--request-id', 'my-own-id-1', '--wrap', 'true'];
    const first = await stage.run('pisub', ...args);
    const second = await stage.run('pisub', ...args);
    expect(second.stdout).toBe(first.stdout);
    expect(second.stderr).toContain('was there already');
  });

  test('Ctrl-C leaves the job running', async () => {
    const left = await stage.runWith(
      { interrupt: { signal: 'SIGINT', said: /batch job \d+\n/ } },
      'pisub',
      '--wait',
      '--wrap',
      'sleep 60',
    );
    expect(left.code).toBe(130);
    const job = /batch job (\d+)/.exec(left.stdout)?.[1] ?? '';
    expect(left.stderr).toContain(`left job ${job} running`);
    expect(await stage.json('piqueue', '--json', '-j', job)).toMatchObject([{ job: Number(job) }]);
    expect((await stage.run('picancel', job)).code).toBe(0);
  });
});

describe('pirun', () => {
  test('output, labels and exit codes', async () => {
    const labelled = await stage.run('pirun', '-n', '4', '-l', 'sh', '-c', 'echo here');
    expect(labelled.code).toBe(0);
    expect(labelled.stdout.trim().split('\n').sort()).toEqual(
      [0, 1, 2, 3].map((rank) => `${rank}: here`),
    );
    const json = await stage.run('pirun', '--json', 'sh', '-c', 'echo said; exit 9');
    expect(json).toMatchObject({ code: 9, stderr: expect.stringContaining('said\n') });
    expect(JSON.parse(json.stdout)).toMatchObject({ state: 'FAILED', exitCode: 9, restarts: 0 });
    const missing = await stage.run('pirun', 'no-such-program');
    expect(missing.code).toBe(127);
    expect(missing.stderr).toMatch(/no-such-program/);
  });

  test('Ctrl-C cancels', async () => {
    const args = ['pirun', '-J', 'interrupted', 'sh', '-c', 'echo started; sleep 60'] as const;
    const { code, stdout, stderr } = await stage.runWith(
      { interrupt: { signal: 'SIGINT', said: /started/ } },
      ...args,
    );
    expect({ code, stdout }).toEqual({ code: 130, stdout: 'started\n' });
    expect(stderr).toMatch(/CANCELLED/);
  });
});

/** Last: it takes the scheduler away. */
test('no scheduler: said at once, and a waiting pisub outlives the gap', async () => {
  const waiting = stage.runWith({}, 'pisub', '--wait', '--wrap', 'sleep 6; exit 5');
  await expect.poll(async () => (await stage.run('piqueue', '-h', '-t', 'R')).stdout).not.toBe('');
  await stage.cluster.killScheduler();
  const refused = await stage.run('pisub', '--wrap', 'true');
  expect(refused.code).toBe(4);
  expect(refused.stderr).toMatch(
    /no scheduler answers on cluster test \(nats:.*\): start one with `pibatch up`/,
  );
  await stage.cluster.startScheduler();
  expect((await waiting).code).toBe(5);
});
