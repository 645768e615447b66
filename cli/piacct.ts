/** piacct: accounts of jobs in sacct's columns; their efficiency and speedup. */
import { type Arguments, type Command, runProgram } from './command.ts';
import { badInput, EXIT } from './failure.ts';
import { didYouMean } from './format/nearest.ts';
import { SPEEDUP_OPTIONS } from './accounting/speedupOptions.ts';
import type { Terminal } from './terminal.ts';

export const piacct: Command = {
  name: 'piacct',
  usage: [
    '[options]',
    'efficiency [JOB... | --name NAME]',
    'report --by user|account|node|day|name',
    'fairshare [-u USERS] [-A ACCOUNTS]',
    'speedup [--name NAME | --group GROUP | --from FILE | JOB...]',
  ],
  summary:
    'Lists your jobs since midnight; with -j any job. `efficiency` says how well a job used ' +
    'what it was given, `speedup` what more ranks bought and where the rest went.',
  options: [
    {
      name: 'jobs',
      aliases: ['j'],
      takes: 'value',
      placeholder: 'IDS',
      describe: 'these jobs: 12,20_4',
    },
    {
      name: 'user',
      aliases: ['u', 'uid'],
      takes: 'value',
      placeholder: 'USERS',
      describe: 'jobs of these users',
    },
    { name: 'allusers', aliases: ['a'], takes: 'nothing', describe: "everybody's jobs" },
    {
      name: 'accounts',
      aliases: ['A'],
      takes: 'value',
      placeholder: 'NAMES',
      describe: 'jobs of these accounts',
    },
    { name: 'name', takes: 'value', placeholder: 'NAMES', describe: 'jobs of these names' },
    {
      name: 'nodelist',
      aliases: ['N'],
      takes: 'value',
      placeholder: 'NODES',
      describe: 'jobs that ran on one of these nodes',
    },
    {
      name: 'partition',
      aliases: ['r'],
      takes: 'value',
      placeholder: 'NAMES',
      describe: 'jobs of these partitions',
    },
    {
      name: 'state',
      aliases: ['s'],
      takes: 'value',
      placeholder: 'STATES',
      describe: 'jobs in these states: CD,F,TO',
    },
    {
      name: 'starttime',
      aliases: ['S', 'since'],
      takes: 'value',
      placeholder: 'TIME',
      describe: 'from: 2026-01-31, now-7days; default: midnight, with -s now',
    },
    {
      name: 'endtime',
      aliases: ['E', 'until'],
      takes: 'value',
      placeholder: 'TIME',
      describe: 'until; default: now, with -s the start',
    },
    {
      name: 'allocations',
      aliases: ['X'],
      takes: 'nothing',
      describe: 'one row per job, without steps',
    },
    {
      name: 'format',
      aliases: ['o'],
      takes: 'value',
      placeholder: 'FIELDS',
      describe: 'such as JobID,JobName%20,State,MaxRSS',
    },
    {
      name: 'helpformat',
      aliases: ['e'],
      takes: 'nothing',
      describe: 'list the fields of --format',
    },
    { name: 'brief', aliases: ['b'], takes: 'nothing', describe: 'JobID, State and ExitCode' },
    {
      name: 'parsable',
      aliases: ['p'],
      takes: 'nothing',
      describe: 'fields divided and ended by |',
    },
    { name: 'parsable2', aliases: ['P'], takes: 'nothing', describe: 'fields divided by |' },
    { name: 'delimiter', takes: 'value', placeholder: 'TEXT', describe: 'instead of |' },
    { name: 'no-header', aliases: ['n', 'noheader'], takes: 'nothing', describe: 'rows only' },
    {
      name: 'by',
      takes: 'value',
      placeholder: 'KEY',
      describe: 'report: user (default), account, node, day, name, partition',
    },
    { name: 'top', takes: 'value', placeholder: 'N', describe: 'report: most rows; default 20' },
    { name: 'json', takes: 'nothing', describe: 'print JSON' },
    { name: 'csv', takes: 'nothing', describe: 'print CSV' },
    ...SPEEDUP_OPTIONS,
    {
      name: 'duplicates',
      aliases: ['D'],
      takes: 'nothing',
      describe: 'also the attempts before a requeue',
    },
    {
      name: 'units',
      takes: 'value',
      placeholder: 'UNIT',
      describe: 'memory in K, M, G or T',
    },
    { name: 'noconvert', takes: 'nothing', describe: 'as without; for scripts written for sacct' },
  ],
  examples: [
    ['piacct', 'your jobs of today'],
    ['piacct -j 12 -o JobID,Elapsed,TotalCPU,MaxRSS', 'one job in detail'],
    ['piacct -S now-7days -E now -s F,TO -X', 'what failed this week'],
    ['piacct efficiency 12', 'was it well used?'],
    ['piacct speedup --name pi-digits', 'what did more ranks buy?'],
    ['piacct report --by account -S now-30days', 'who used how much?'],
  ],
  exitCodes: 'speedup: 3 when the runs cannot be fitted, or an --assert does not hold.',
  run,
};

const COMMANDS = ['list', 'efficiency', 'speedup', 'report', 'fairshare'] as const;

async function run(args: Arguments, terminal: Terminal): Promise<number> {
  const [word = 'list', ...rest] = args.words;
  const command = COMMANDS.find((known) => known === word);
  if (!command) {
    const guess =
      didYouMean(word, COMMANDS) || `; known: ${COMMANDS.join(', ')} (jobs are named with -j)`;
    throw badInput(`unknown command '${word}'${guess}`);
  }
  if (args.flag('helpformat')) {
    const { ACCOUNT_FIELD_TITLES } = await import('./accounting/fields.ts');
    terminal.print(`${ACCOUNT_FIELD_TITLES.join('\n')}\n`);
    return EXIT.ok;
  }
  if (command === 'efficiency') {
    const { showEfficiency } = await import('./accounting/efficiency.ts');
    return showEfficiency([...rest, ...args.texts('jobs')], args, terminal);
  }
  if (command === 'speedup') {
    const { showSpeedup } = await import('./accounting/speedup.ts');
    return showSpeedup(rest, args, terminal);
  }
  if (command === 'report') {
    const { showReport } = await import('./accounting/report.ts');
    refuseWords(command, rest);
    return showReport(args, terminal);
  }
  if (command === 'fairshare') {
    const { showFairShare } = await import('./accounting/fairshare.ts');
    refuseWords(command, rest);
    return showFairShare(args, terminal);
  }
  if (rest.length > 0) throw badInput(`'${rest[0]}' is not an option; jobs are named with -j`);
  const { listAccounts } = await import('./accounting/list.ts');
  return listAccounts(args, terminal);
}

function refuseWords(command: string, [word]: readonly string[]): void {
  if (word !== undefined) throw badInput(`${command} takes options only, not '${word}'`);
}

if (process.argv[1] === import.meta.filename) await runProgram(piacct, process.argv.slice(2));
