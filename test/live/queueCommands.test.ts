import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { until } from '../scheduler/live/stage.ts';
import { CommandStage, member } from './commandStage.ts';

/** The commands around the queue, against real processes. */
const stage = new CommandStage();

describe('the other commands', () => {
  test('piqueue, picancel, pictl and piacct on one waiting job', async () => {
    const job = await stage.submitted('-H', '-J', 'waits', '--wrap', 'true');
    expect((await stage.run('piqueue', '-h', '-o', '%i|%t|%j|%r', '-j', job)).stdout).toBe(
      `${job}|PD|waits|JobHeldUser\n`,
    );
    expect((await stage.run('pictl', 'release', job)).code).toBe(0);
    const second = await stage.submitted('-H', '-J', 'waits', '--wrap', 'true');
    expect((await stage.run('picancel', '--name', 'waits', '--state', 'PD')).code).toBe(0);
    expect(await stage.json('piacct', '--json', '-j', second)).toMatchObject([
      { state: 'CANCELLED' },
    ]);
    const again = await stage.run('picancel', second);
    expect(again).toMatchObject({
      code: 2,
      stderr: `picancel: job ${second} has already ended (CANCELLED); see piacct -j ${second}\n`,
    });
    const row = await stage.run(
      'piacct',
      '-X',
      '-n',
      '-P',
      '-o',
      'jobid,state,exitcode',
      '-j',
      second,
    );
    expect(row.stdout).toMatch(new RegExp(`^${second}\\|CANCELLED by \\S+\\|0:0\\n$`));
  });

  test('jobs wait for others, also for those that have left memory', async () => {
    const first = await stage.submitted('-H', '--wrap', 'true');
    const second = await stage.submitted('-d', `afterok:${first}`, '--wrap', 'true');
    const third = await stage.submitted('-d', `afternotok:${first}`, '--wrap', 'true');
    expect((await stage.run('piqueue', '-h', '-o', '%t|%r|%E', '-j', second)).stdout).toBe(
      `PD|Dependency|afterok:${first}\n`,
    );
    expect((await stage.run('piqueue', 'explain', first)).stdout).toBe(
      `job ${first} waits: JobHeldUser\n  held by its user\n  pictl release ${first} lets it go\n`,
    );
    expect(await stage.json('piqueue', 'explain', second, '--json')).toMatchObject({
      rule: 'Dependency',
      blockers: [Number(first)],
    });
    expect((await stage.run('piqueue', 'explain', '9999')).code).toBe(2);
    expect(await stage.json('piqueue', '--start', '--accuracy', '--json')).toMatchObject({
      estimates: [{ estimate: 'first' }, { estimate: 'last' }],
    });
    expect((await stage.run('piqueue', '--accuracy')).stderr).toContain('goes with --start');
    expect((await stage.run('pictl', 'release', first)).code).toBe(0);
    const last = await stage.run(
      'pisub',
      '--wait',
      '-d',
      `afterany:${second}:${third}`,
      '--wrap',
      'true',
    );
    expect(last.code).toBe(0);
    const ends = await stage.json('piacct', '--json', '-j', `${second},${third}`);
    expect(ends).toMatchObject([
      { state: 'COMPLETED' },
      { state: 'CANCELLED', reason: 'DependencyNeverSatisfied' },
    ]);
    expect(await stage.run('pisub', '-d', `afternotok:${first}`, '--wrap', 'true')).toMatchObject({
      code: 2,
      stdout: '',
    });
  });

  test('a moldable job runs with the ranks that it got, and says why so many', async () => {
    const kernel = stage.write('size.ts', 'export default (comm) => comm.size;');
    const done = await stage.run('pisub', '--wait', '--ranks', '3-64', '-J', 'molded', kernel);
    expect(done.code).toBe(0);
    const choice = { ranks: 4, reason: 'mostNow' };
    const [job] = Object.values(Object(await stage.json('piacct', '--json', '--name', 'molded')));
    expect(job).toMatchObject({ ranks: 4, cores: 4, choice });
    const id = member(job, 'job');
    expect((await stage.run('pilogs', id, '--result')).stdout).toBe('4\n');
    expect((await stage.run('pictl', 'show', 'job', id)).stdout).toContain(
      'RanksChosen=4 ranks: as many as have room now',
    );
  });

  test('another time limit reaches the ranks of a running job', async () => {
    const text = 'echo $((SLURM_JOB_END_TIME - SLURM_JOB_START_TIME)); sleep 3600';
    const long = await stage.submitted('--time', '1h', '-w', 'pi2', '--wrap', text);
    await until('running', async () => {
      return (await stage.run('piqueue', '-h', '-o', '%t', '-j', long)).stdout === 'R\n';
    });
    const more = await stage.run('pictl', 'update', long, 'time=1s');
    expect(more).toMatchObject({ code: 0 });
    await until('timed out', async () => {
      const [job] = Object.values(Object(await stage.json('piacct', '--json', '-j', long)));
      return member(job, 'state') === 'TIMEOUT' && member(job, 'timeLimitMs') === '1000';
    });
    expect((await stage.run('pilogs', long)).stdout).toContain('3600');
    const shown = (await stage.run('pictl', 'show', 'job', long)).stdout;
    expect(shown).toContain('ReqNodeList=pi2');
    expect(shown).toContain('NodeList=pi2 NumNodes=1');
  });

  test('pinodes shows a drained node and why', async () => {
    expect((await stage.run('pictl', 'drain', 'pi2', '-r', 'new card')).code).toBe(0);
    expect(await stage.json('pinodes', '--json')).toMatchObject([
      { name: 'pi1', cores: 2 },
      {
        name: 'pi2',
        state: expect.stringMatching(/^dr/),
        reason: expect.stringContaining('new card'),
      },
    ]);
    expect((await stage.run('pictl', 'resume', 'pi2')).code).toBe(0);
  });

  test('picron: from submit to remove', async () => {
    const made = await stage.run(
      'pisub',
      '-J',
      'nightly',
      '--cron',
      '0 2 * * *',
      '--timezone',
      'Europe/Madrid',
      '--wrap',
      'true',
    );
    expect(made.stdout).toMatch(/^Scheduled recurring job nightly; next run /);
    expect(await stage.json('picron', 'next', '-n', '2', '--json', 'nightly')).toHaveLength(2);
    expect((await stage.run('picron', 'run', 'nightly')).code).toBe(0);
    expect(await stage.json('picron', 'history', '--json', 'nightly')).toMatchObject([
      { what: 'submitted' },
    ]);
    expect((await stage.run('picron', 'pause', 'nightly')).code).toBe(0);
    expect(await stage.json('picron', '--json')).toMatchObject([{ name: 'nightly', paused: true }]);
    expect((await stage.run('picron', 'remove', 'nightly')).code).toBe(0);
    expect(await stage.json('picron', '--json')).toEqual([]);
  });

  test('a sweep is one group, interleaved, and piacct speedup reads it', async () => {
    const file = stage.write('sweep.ts', 'export default (comm) => comm.barrier();');
    const sent = await stage.json(
      'pisub',
      '--scale',
      '1,2',
      '--repeat',
      '2',
      '--json',
      '-J',
      'sweep',
      file,
    );
    expect(sent).toMatchObject([1, 2, 1, 2].map((ranks) => ({ ranks })));
    const group = member(Array.isArray(sent) ? sent[0] : {}, 'group');
    await expect
      .poll(async () => (await stage.run('piacct', 'speedup', '--group', group)).stdout, {
        timeout: 90_000,
        interval: 500,
      })
      .toMatch(/4 runs, 2 rank counts/);
  });

  test('nobody there: how to start one, exit code 4', async () => {
    const empty = join(stage.folder, 'empty-home');
    const { code, stderr } = await stage.runWith({ env: { PIBATCH_HOME: empty } }, 'piqueue');
    expect(code).toBe(4);
    expect(stderr).toMatch(/no cluster is configured here .*pibatch up/);
  });
});
