import { describe, expect, test } from 'vitest';
import { CommandStage } from './commandStage.ts';

/** The accounts of real jobs: what users type after a run. */
const stage = new CommandStage();

const KERNEL = `export default (comm) => {
  comm.phase('assemble');
  if (comm.rank === 0) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300);
  comm.barrier();
  return comm.allreduce(1, 'sum');
};`;

describe('accounts', () => {
  test('a sweep ends with its report, which names the serial phase; sums are conserved', async () => {
    const file = stage.write('serial.ts', KERNEL);
    const sweep = ['--scale', '1,2', '--repeat', '2', '--wait', '-J', 'serial', file];
    const { code, stdout } = await stage.run('pisub', ...sweep);
    expect(code).toBe(0);
    expect(stdout).toMatch(/SPEEDUP {2}serial .*4 runs, 2 rank counts/);
    const json = await stage.json('piacct', 'speedup', '--name', 'serial', '--json');
    expect(json).toMatchObject({
      verdict: 'refused',
      codes: expect.arrayContaining(['TOO_FEW_POINTS']),
      decomposition: { ranks: 2, serialPhase: 'assemble' },
    });
    const jobs = await stage.json('piacct', '--json');
    const parts = Array.isArray(jobs) ? jobs.flatMap((job) => job.parts) : [];
    const coreMs = parts.reduce((sum, p) => sum + p.cores * (p.endedMs - p.startedMs), 0);
    for (const by of ['user', 'node', 'day', 'name']) {
      const report = await stage.json('piacct', 'report', '--by', by, '--json');
      expect(report).toMatchObject({ by, total: { jobs: 4, failed: 0, coreMs } });
    }
    const efficiency = await stage.run('piacct', 'efficiency', '--name', 'serial');
    expect(efficiency.stdout.trimEnd().split('\n')).toHaveLength(6);
    const one = await stage.json('piacct', 'efficiency', '--json', '4');
    expect(one).toMatchObject([
      {
        collectives: expect.arrayContaining([
          { kind: 'barrier', calls: 2, seconds: expect.any(Number) },
        ]),
      },
    ]);
    const states = ['-n', '-P', '-X', '-o', 'JobID,State', '-s', 'CD'];
    expect(await stage.run('piacct', ...states)).toMatchObject({ stdout: '', code: 0 });
    const lately = await stage.run('piacct', ...states, '-S', 'now-1hour', '-E', 'now');
    expect(lately.stdout).toBe('1|COMPLETED\n2|COMPLETED\n3|COMPLETED\n4|COMPLETED\n');
    const units = await stage.run('piacct', '-n', '-P', '-o', 'ReqMem', '--units=G', '-j', '1');
    expect(units.stdout).toBe('0G\n0G\n');
    expect((await stage.run('piacct', 'fairshare')).stdout).toMatch(/1\.000000/);
    expect((await stage.run('piacct', '--csv', '-X')).stdout).toMatch(/^JobID,JobName,/);
  });

  test('on two nodes, too, serial work is told from imbalance', async () => {
    const file = stage.write('far.yaml', 'kernel: serial.ts\nranks: 2\nnodes: 2\ntime: 5m\n');
    stage.write('serial.ts', KERNEL);
    const { code } = await stage.run('pisub', '--wait', '-J', 'far', file);
    expect(code).toBe(0);
    const json = await stage.json('piacct', 'speedup', '--name', 'far', '--json');
    expect(json).toMatchObject({ runs: { used: 1 } });
    const [job] = (await stage.json('piacct', '--json', '--name', 'far')) as never[];
    const parts: readonly { readonly segments: object | null }[] = Reflect.get(
      Object(job),
      'parts',
    );
    expect(parts.map(({ segments }) => segments)).toEqual([
      expect.objectContaining({ serialPhase: 'assemble' }),
      null,
    ]);
  });

  test.each([
    [['-u', 'nobody'], /no finished job with the user 'nobody' is known; known: /],
    [
      ['--name', 'serail'],
      /no finished job with the name 'serail' is known; did you mean 'serial'/,
    ],
    [['-j', '999'], /no job 999 is known/],
    [['-S', 'now', '-E', 'now-1hour'], /the window ends before it starts/],
    [['-s', 'COMPLTED'], /did you mean 'COMPLETED'/],
    [['-o', 'JobIDD'], /unknown field 'JobIDD'; did you mean 'JobID'/],
    [['report', '--by', 'usr'], /--by: unknown 'usr'; did you mean 'user'/],
    [['report', '--top', '0'], /--top: not a number of rows/],
    [['fairshare', 'now'], /fairshare takes options only/],
    [['fairshare', '-u', 'nobody'], /no user 'nobody' has a share; known: /],
    [['report', '-u', 'nobody'], /no finished job with the user 'nobody' is known; known: /],
    [['efficiency', '--name', 'serail'], /did you mean 'serial'/],
    [['speedup', '--name', 'serail'], /did you mean 'serial'/],
    [['speedup', '999'], /no job 999 is known/],
    [['speedup', '--group', 'nothing'], /no finished run of a sweep 'nothing' is known/],
    [['--since', 'yesteday'], /not a time \(did you mean 'yesterday'\?\)/],
  ])('piacct %j is refused in one line', async (options, problem) => {
    const { code, stderr, stdout } = await stage.run('piacct', ...options);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(problem);
  });
});
