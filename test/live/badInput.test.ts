import { describe, expect, test } from 'vitest';
import { CommandStage } from './commandStage.ts';

const evenNumbers = (count: number): string =>
  Array.from({ length: count }, (_, index) => index * 2).join(',');

/** What users get wrong: the place, the value, exit code 2, and nothing half-done. */
const stage = new CommandStage();

describe('bad input: exit code 2, the place, nothing submitted', () => {
  const cases: readonly (readonly [what: string, file: () => readonly string[], says: RegExp])[] = [
    ['no YAML', () => [stage.write('bad1.yaml', 'name: [x\n')], /bad1\.yaml:\d+:\d+: /],
    [
      'an unknown key',
      () => [stage.write('bad2.yaml', 'kernal: k.ts\n')],
      /bad2\.yaml:1:1: unknown key 'kernal'; did you mean 'kernel'\?/,
    ],
    [
      'a wrong type',
      () => [stage.write('bad3.yaml', 'command: [x]\nranks: two\n')],
      /bad3\.yaml:2:8: ranks: must be a whole number, not "two"/,
    ],
    [
      'a wrong range',
      () => [stage.write('bad4.yaml', 'command: [x]\nranks: -1\n')],
      /bad4\.yaml:2:8: ranks: must be at least 1, not -1/,
    ],
    [
      'ranks that never fit',
      () => ['-n', '64', '--wrap', 'true'],
      /64 ranks .* has 4 ranks \(--ranks 4\)/,
    ],
    ['a missing kernel', () => ['nowhere.ts'], /nowhere\.ts does not exist/],
    [
      'a kernel that is no kernel',
      () => [stage.write('named.ts', 'export const a = 1;')],
      /no default export/,
    ],
    [
      'a syntax error',
      () => [stage.write('syntax.ts', 'export default () => {')],
      /syntax\.ts:1:\d+: Unexpected end of file/,
    ],
    [
      'a missing input',
      () => [stage.write('bad5.yaml', 'command: [x]\ninputs: [none/*]\n')],
      /no file matches 'none\/\*'/,
    ],
    ['a missing file', () => ['none.yaml'], /none\.yaml does not exist/],
    ['no job', () => [stage.write('plain.txt', 'hello')], /does not look like a job/],
    [
      'an unknown option',
      () => ['--rank', '2', '--wrap', 'true'],
      /unknown option --rank; did you mean '--ranks'\?/,
    ],
    ['a bad time', () => ['-t', 'soon', '--wrap', 'true'], /--time: .*'soon'/],
    [
      'a bad cron expression',
      () => ['--cron', '61 * * * *', '--wrap', 'true'],
      /61 \* \* \* \*.*at character 1/,
    ],
    [
      'a bad zone',
      () => ['--cron', '@daily', '--timezone', 'Mars/Phobos', '--wrap', 'true'],
      /Mars\/Phobos/,
    ],
    [
      'an unknown partition',
      () => ['-p', 'gpu', '--wrap', 'true'],
      /unknown partition 'gpu' \(known: main\)/,
    ],
    [
      'a million tasks',
      () => ['-a', '0-999999', '--wrap', 'true'],
      /an array of 1000000 tasks is above the limit of 10000 \(maxArrayTasks of this cluster\)/,
    ],
    [
      'too many tasks in the file',
      () => [stage.write('bad6.yaml', `command: [x]\narray: [${evenNumbers(15_000)}]\n`)],
      /an array of 15000 tasks is above the limit of 10000/,
    ],
    [
      'more nodes than there are',
      () => ['-N', '3', '--wrap', 'true'],
      /3 nodes asked for, but of the 2 nodes of this cluster only 2/,
    ],
    [
      'fewer ranks than nodes',
      () => ['-N', '2', '-n', '1', '--wrap', 'true'],
      /nodes 2 does not go with ranks 1: every node gets at least one rank/,
    ],
    [
      'more ranks than the nodes may hold',
      () => ['-N', '2', '--ntasks-per-node', '1', '-n', '3', '--wrap', 'true'],
      /ranks 3 does not go with nodes 2 with at most 1 ranks each: that is room for 2 ranks/,
    ],
    [
      'ranks per node that never fit',
      () => ['--ranks-per-node', '1', '-n', '3', '--wrap', 'true'],
      /with ranks-per-node 1: the largest such job that would fit has 2 ranks/,
    ],
    ['least above most', () => ['-N', '4-2', '--wrap', 'true'], /--nodes: a range whose least, 4/],
    [
      'least above most in the file',
      () => [stage.write('bad7.yaml', 'command: [x]\nranks: {min: 8, max: 2}\n')],
      /bad7\.yaml:2:8: ranks: a range whose least, 8, is above its most, 2/,
    ],
    [
      'moldable ranks that never fit',
      () => ['--ranks', '6-9', '--wrap', 'true'],
      /6 ranks .* has 4 ranks \(--ranks 4\)/,
    ],
    [
      'an unknown feature',
      () => ['-C', 'pi9', '--wrap', 'true'],
      /unknown feature 'pi9' \(known: /,
    ],
    [
      'half a constraint',
      () => ['-C', 'pi5&', '--wrap', 'true'],
      /--constraint: a feature is missing .*'pi5&', at character 5/,
    ],
    [
      'an unknown gres',
      () => ['--gres', 'camera', '--wrap', 'true'],
      /unknown generic resource 'camera'/,
    ],
    ['an unknown license', () => ['-L', 'matlab:2', '--wrap', 'true'], /unknown license 'matlab'/],
    [
      'a begin after the deadline',
      () => ['-b', 'now+2hours', '--deadline', 'now+1hour', '--wrap', 'true'],
      /begin \S+ is not before the deadline, /,
    ],
    [
      'a deadline too soon',
      () => ['--deadline', 'now+1hour', '-t', '2h', '--wrap', 'true'],
      /the deadline \S+ cannot be met: begun at \S+ the job may need 2h00m/,
    ],
    [
      'a minimum above the limit',
      () => ['--time-min', '2h', '-t', '1h', '--wrap', 'true'],
      /min-time 2h00m is longer than the time limit, 1h00m/,
    ],
    [
      'two kinds of memory',
      () => ['--mem', '1G', '--mem-per-cpu', '1G', '--wrap', 'true'],
      /memory is said per rank, per core or per node/,
    ],
    [
      'a nice out of range',
      () => ['--nice', '1e99', '--wrap', 'true'],
      /--nice: not a whole number/,
    ],
    [
      'a dependency on nothing',
      () => ['-d', 'afterok:99999', '--wrap', 'true'],
      /afterok:99999: no such job or task is known/,
    ],
    [
      'a line of sbatch that is wrong',
      () => [stage.write('bad8.sh', '#!/bin/sh\n#SBATCH --distribution=plane\n')],
      /bad8\.sh:2:9: --distribution: not one of block, cyclic/,
    ],
    [
      'a name that moves the cursor',
      () => ['-J', 'a\u001b[2J', '--wrap', 'true'],
      /--name: a control character/,
    ],
  ];

  test.each(cases)('%s', async (_, file, says) => {
    const { code, stdout, stderr } = await stage.run('pisub', ...file());
    expect(stderr).toMatch(says);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  });

  test('jobs, nodes and recurring jobs that are not there', async () => {
    for (const args of [
      ['picancel', '999999'],
      ['pictl', 'hold', '999999'],
      ['pilogs', '999999'],
      ['picancel', 'x1'],
      ['pictl', 'drain', 'pi9', '-r', 'x'],
      ['picron', 'pause', 'none'],
      ['pinodes', 'pi9'],
      ['piqueue', '-t', 'PENDIN'],
      ['piqueue', '-o', '%s'],
      ['piacct', '-o', 'bogus'],
    ]) {
      const [command = '', ...rest] = args;
      const { code, stderr } = await stage.run(command, ...rest);
      expect([args, code, stderr.startsWith(`${command}: `)]).toEqual([args, 2, true]);
    }
  });
});

describe('the kernels that go wrong', () => {
  test.each([
    ['throws at import', "throw new Error('boom'); export default () => 1;", 1, /boom/],
    [
      'throws on one rank',
      "export default (comm) => { if (comm.rank === 1) throw new Error('boom'); return comm.barrier(); };",
      2,
      /rank 1 on pi\d: .*boom/,
    ],
    [
      'calls another collective than its peers',
      'export default (comm) => (comm.rank === 0 ? comm.barrier() : comm.bcast(1, 0));',
      2,
      /different collectives/,
    ],
  ])('%s', async (name, text, ranks, message) => {
    const file = stage.write(`wrong/${name.replaceAll(' ', '-')}.ts`, text);
    const outcome = await stage.json(
      'pisub',
      '--wait',
      '--json',
      '-n',
      String(ranks),
      '-t',
      '30s',
      file,
    );
    expect(outcome).toMatchObject({
      state: 'FAILED',
      exitCode: 1,
      message: expect.stringMatching(message),
    });
  });

  test('never returns', async () => {
    const file = stage.write('wrong/loop.ts', 'export default () => { for (;;); };');
    const outcome = await stage.json('pisub', '--wait', '--json', '-t', '2s', file);
    expect(outcome).toMatchObject({ state: 'TIMEOUT', reason: 'TimeLimit' });
  });
});
