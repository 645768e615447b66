/** The text of --help: 80 columns, options in groups, examples, exit codes. */
import type { Command, Option } from './command.ts';

const WIDTH = 80;
/** Where descriptions begin; a longer spelling has a line of its own. */
const INDENT = 30;

export const EXIT_CODES =
  'Exit codes: 0 done; 1 a job failed; 2 bad input; 3 refused; 4 no scheduler answers.';

const EVERYWHERE: readonly Option[] = [
  { name: 'help', takes: 'nothing', describe: 'print this' },
  { name: 'version', takes: 'nothing', describe: 'print the version' },
];

export function helpText(command: Command): string {
  const { name, usage, summary, examples, notes, exitCodes } = command;
  const paragraphs = [
    usage.map((line, index) => `${index === 0 ? 'Usage:' : '      '} ${name} ${line}`),
    summary.split('\n').flatMap(paragraph),
    ...groupsOf(command).map(({ title, options }) => [title, ...options.flatMap(optionLines)]),
    ['Examples:', ...examples.flatMap(([line, does]) => aligned(`  ${line}`, does, 46))],
    notes === undefined ? [] : wrap(notes, 0),
    wrap([EXIT_CODES, exitCodes].filter((text) => text !== undefined).join(' '), 0),
  ];
  return paragraphs
    .filter((lines) => lines.length > 0)
    .map((lines) => `${lines.join('\n')}\n`)
    .join('\n');
}

type Group = { readonly title: string; readonly options: readonly Option[] };

/** The command's own options first, then the named groups in the order of their appearance. */
function groupsOf({ options }: Command): Group[] {
  const groups = new Map<string, Option[]>([['Options:', []]]);
  for (const option of [...options, ...EVERYWHERE]) {
    const title = option.group ?? 'Options:';
    groups.set(title, [...(groups.get(title) ?? []), option]);
  }
  return [...groups].map(([title, members]) => ({ title, options: members }));
}

function optionLines(option: Option): string[] {
  const { name, aliases = [], placeholder, describe } = option;
  const short = aliases.find((alias) => alias.length === 1);
  const long = aliases.filter((alias) => alias.length > 1);
  const value = placeholder === undefined ? '' : ` ${placeholder}`;
  const spelling = `  ${short === undefined ? '   ' : `-${short},`} --${name}${value}`;
  const also = long.length === 0 ? '' : ` (also ${long.map((alias) => `--${alias}`).join(', ')})`;
  return aligned(spelling, describe + also, INDENT);
}

function aligned(left: string, right: string, indent: number): string[] {
  const lines = wrap(right, indent);
  if (left.length >= indent - 1) return [left, ...lines];
  const [first = '', ...rest] = lines;
  return [left + first.slice(left.length), ...rest];
}

/** A line that is indented stands as it is: a list of words and what they do. */
const paragraph = (line: string): string[] => (/^( |$)/.test(line) ? [line] : wrap(line, 0));

/** Words into lines of at most 80 columns, each with the indent. */
function wrap(text: string, indent: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/)) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (indent + longer.length <= WIDTH) line = longer;
    else {
      lines.push(line);
      line = word;
    }
  }
  return [...lines, line].map((each) => ' '.repeat(indent) + each);
}
