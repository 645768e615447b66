import { describe, expect, test } from 'vitest';
import { type Arguments, type Command, runCommand } from '../../cli/command.ts';
import { CommandFailure } from '../../cli/failure.ts';
import type { Terminal } from '../../cli/terminal.ts';

const terminal: Terminal = {
  print: () => undefined,
  tell: () => undefined,
  cells: 80,
  tint: (_, text) => text,
  interactive: false,
};

/** Runs the options through a command and shows what it was given. */
async function given(argv: readonly string[], stopsAt?: Command['stopsAt']) {
  let seen: Arguments | undefined;
  const command: Command = {
    name: 'pitest',
    usage: ['[options]'],
    summary: 'A command for tests.',
    options: [
      {
        name: 'ranks',
        aliases: ['n', 'ntasks'],
        takes: 'value',
        placeholder: 'N',
        describe: 'ranks',
      },
      {
        name: 'partition',
        aliases: ['p'],
        takes: 'value',
        placeholder: 'P',
        describe: 'partition',
      },
      { name: 'input', takes: 'values', placeholder: 'GLOB', describe: 'inputs' },
      { name: 'hold', aliases: ['H'], takes: 'nothing', describe: 'hold' },
      { name: 'no-header', aliases: ['h'], takes: 'nothing', describe: 'header' },
    ],
    examples: [],
    ...(stopsAt ? { stopsAt } : {}),
    run: async (args) => {
      seen = args;
      return 0;
    },
  };
  await runCommand(command, argv, terminal);
  return {
    ranks: seen?.text('ranks'),
    partition: seen?.text('partition'),
    input: seen?.texts('input'),
    hold: seen?.flag('hold'),
    header: seen?.flag('no-header'),
    words: seen?.words,
  };
}

describe('options', () => {
  test.each([
    [['-n4'], { ranks: '4' }],
    [['-n', '4'], { ranks: '4' }],
    [['-n=4'], { ranks: '4' }],
    [['--ntasks=4'], { ranks: '4' }],
    [['--ranks', '-1'], { ranks: '-1' }],
    [['-pmain'], { partition: 'main' }],
    [['-n', '4', '-n', '8'], { ranks: '8' }],
    [['--input', 'a', '--input=b'], { input: ['a', 'b'] }],
    [['-H', '-h'], { hold: true, header: true }],
    [['-Hh'], { hold: true, header: true }],
    [['--no-header'], { header: true, hold: undefined }],
    [['12', '-H', '20_[1-3]'], { words: ['12', '20_[1-3]'], hold: true }],
    [['--', '-H'], { words: ['-H'], hold: undefined }],
    [['-'], { words: ['-'] }],
    [['--ranks', '0x10'], { ranks: '0x10' }],
    [['--ranks='], { ranks: '' }],
  ])('%j', async (argv, expected) => {
    expect(await given(argv)).toMatchObject(expected);
  });

  test("what follows the program is the program's own", async () => {
    expect(await given(['-n', '2', 'ls', '-H', '--foo'], () => true)).toMatchObject({
      ranks: '2',
      hold: undefined,
      words: ['ls', '-H', '--foo'],
    });
  });

  test.each([
    [['--rank', '4'], "unknown option --rank; did you mean '--ranks'?; see pitest --help"],
    [['-x'], 'unknown option -x; see pitest --help'],
    [['--ranks'], '--ranks needs a value; see pitest --help'],
  ])('%j is refused with exit code 2', async (argv, message) => {
    const failure = await given(argv).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(CommandFailure);
    expect(failure).toMatchObject({ message, exitCode: 2 });
  });
});
