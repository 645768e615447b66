/**
 * A command line program as data: options, examples, exit codes; read strictly by yargs. Values may
 * be attached to short options as Slurm's users write them (`-pmain`, `-n4`), and an option that is
 * not known is answered with the nearest that is.
 */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { asFailure, badInput, EXIT } from './failure.ts';
import { didYouMean } from './format/nearest.ts';
import { processTerminal, type Terminal } from './terminal.ts';

export type Option = {
  readonly name: string;
  /** Other spellings; one letter is a short option. */
  readonly aliases?: readonly string[];
  readonly takes: 'value' | 'values' | 'nothing';
  readonly placeholder?: string;
  readonly describe: string;
  readonly group?: string;
};

export type Command = {
  readonly name: string;
  /** One line each, without the command's name. */
  readonly usage: readonly string[];
  readonly summary: string;
  readonly options: readonly Option[];
  readonly examples: readonly (readonly [line: string, does: string])[];
  readonly notes?: string;
  /** Beside the usual ones. */
  readonly exitCodes?: string;
  /** Whether options end at this word: what follows belongs to the user's program. */
  readonly stopsAt?: (word: string) => boolean;
  /** Resolves to the exit code. */
  readonly run: (args: Arguments, terminal: Terminal) => Promise<number>;
};

export type Arguments = {
  readonly words: readonly string[];
  /** The last one given; undefined when it was not. */
  readonly flag: (name: string) => boolean | undefined;
  /** The last one given. */
  readonly text: (name: string) => string | undefined;
  readonly texts: (name: string) => readonly string[];
};

/** Runs to the end of the process. */
export async function runProgram(command: Command, argv: readonly string[]): Promise<void> {
  const terminal = processTerminal();
  try {
    process.exitCode = await runCommand(command, argv, terminal);
  } catch (error) {
    const failure = asFailure(error);
    const bug = error instanceof Error ? (error.stack ?? error.message) : String(error);
    const text = failure?.message ?? `this is a bug in pibatch; please report it: ${bug}`;
    for (const line of text.split('\n')) terminal.tell(`${command.name}: ${line}`);
    process.exitCode = failure?.exitCode ?? 70;
  }
}

/** Resolves to the exit code. Errors: see asFailure. */
export async function runCommand(
  command: Command,
  argv: readonly string[],
  terminal: Terminal,
): Promise<number> {
  const { tokens, words } = separate(command, argv);
  if (tokens.includes('--help')) {
    const { helpText } = await import('./help.ts');
    terminal.print(helpText(command));
    return EXIT.ok;
  }
  if (tokens.includes('--version')) {
    terminal.print(`${command.name} ${packageVersion()}\n`);
    return EXIT.ok;
  }
  const parser = await parserOf(command);
  return command.run(argumentsOf(await parser.parseAsync(tokens), words), terminal);
}

/** Strict: what is not known is refused. Help and words are ours. */
async function parserOf({ name, options }: Command) {
  const { default: yargs } = await import('yargs');
  let parser = yargs([])
    .parserConfiguration({
      'boolean-negation': false,
      'camel-case-expansion': false,
      'dot-notation': false,
      'parse-numbers': false,
      'parse-positional-numbers': false,
      'short-option-groups': true,
    })
    .help(false)
    .version(false)
    .exitProcess(false)
    .showHelpOnFail(false)
    .fail((message: string, error: Error | undefined) => {
      if (error && error.name !== 'YError') throw error;
      throw badInput(`${complaint(message, options)}; see ${name} --help`);
    })
    .strictOptions();
  for (const { name: option, aliases = [], takes } of options) {
    parser = parser.option(option, {
      alias: aliases,
      type: takes === 'nothing' ? 'boolean' : 'string',
      ...(takes === 'nothing' ? {} : { requiresArg: true }),
    });
  }
  return parser;
}

function complaint(message: string, options: readonly Option[]): string {
  const valueless = /^Not enough arguments following: (.*)$/s.exec(message)?.[1];
  if (valueless !== undefined) return `--${valueless} needs a value`;
  const unknown = /^Unknown arguments?: (.*)$/s.exec(message)?.[1]?.split(', ')[0];
  if (unknown === undefined) return message.split('\n')[0] ?? message;
  const spelled = (name: string): string => `${name.length === 1 ? '-' : '--'}${name}`;
  const known = options.map(({ name }) => `--${name}`);
  const guess = unknown.length > 1 ? didYouMean(`--${unknown}`, known) : '';
  return `unknown option ${spelled(unknown)}${guess}`;
}

/** Options as `--name=value`, so that a value may begin with a dash; words apart. */
function separate(
  { options, stopsAt }: Command,
  argv: readonly string[],
): { tokens: string[]; words: string[] } {
  const tokens: string[] = [];
  const words: string[] = [];
  const taking = (spelling: string): Option | undefined =>
    options.find(
      ({ name, aliases = [], takes }) =>
        takes !== 'nothing' && (name === spelling || aliases.includes(spelling)),
    );
  for (let index = 0; index < argv.length; index++) {
    const token = argv[index] ?? '';
    if (token === '--' || (!isOption(token) && stopsAt?.(token))) {
      return { tokens, words: [...words, ...argv.slice(token === '--' ? index + 1 : index)] };
    }
    const attached = /^(?:--([^=]+)=|-([^-=])=?)(.*)$/s.exec(token);
    const short = attached?.[2] ?? '';
    const option = token.startsWith('--') ? taking(token.slice(2)) : taking(short);
    if (!isOption(token)) words.push(token);
    else if (option && short !== '' && attached?.[3])
      tokens.push(`--${option.name}=${attached[3]}`);
    else if (option && index + 1 < argv.length) tokens.push(`--${option.name}=${argv[++index]}`);
    else tokens.push(token);
  }
  return { tokens, words };
}

/** A single dash is a word: standard input. */
const isOption = (token: string): boolean => token.startsWith('-') && token !== '-';

function argumentsOf(found: object, words: readonly string[]): Arguments {
  const values = new Map<string, unknown>(Object.entries(found));
  const all = (name: string): unknown[] => [values.get(name)].flat();
  const texts = (name: string): string[] =>
    all(name).filter((value): value is string => typeof value === 'string');
  return {
    words,
    flag: (name) => all(name).findLast((value): value is boolean => typeof value === 'boolean'),
    text: (name) => texts(name).at(-1),
    texts,
  };
}

function packageVersion(): string {
  let folder = import.meta.dirname;
  for (; folder !== dirname(folder); folder = dirname(folder)) {
    try {
      const manifest: unknown = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
      const version = manifest instanceof Object && 'version' in manifest && manifest.version;
      if (typeof version === 'string') return version;
    } catch {
      // Not this folder.
    }
  }
  return 'unknown';
}
