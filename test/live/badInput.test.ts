import { describe, expect, test } from 'vitest';
import { CommandStage } from './commandStage.ts';

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
