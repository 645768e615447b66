/** pibatch doctor: looks at everything that can be wrong and says how to cure it. */
import type { Arguments, Command } from '../command.ts';
import { badInput, EXIT } from '../failure.ts';
import type { Tint } from '../format/state.ts';
import type { Terminal } from '../terminal.ts';
import { chosenHome, clusterHome } from './clusterHome.ts';
import { type Finding, type Health, machineFindings } from './machineChecks.ts';
import { clusterFindings } from './clusterChecks.ts';

export const doctor: Command = {
  name: 'pibatch doctor',
  usage: ['[--home DIR]'],
  summary: 'Checks this machine and its cluster, and says what to do about each fault.',
  options: [
    {
      name: 'home',
      takes: 'value',
      placeholder: 'DIR',
      describe: 'where the cluster lives ($PIBATCH_HOME, else ~/.pibatch)',
    },
    { name: 'json', takes: 'nothing', describe: 'print an array of objects' },
  ],
  examples: [
    ['pibatch doctor', 'what is wrong here?'],
    ['pibatch doctor --json | jq \'.[] | select(.health != "good")\'', 'only the faults'],
  ],
  notes: 'Exit code 1 when something is broken; warnings alone give 0.',
  run,
};

const TINTS: Readonly<Record<Health, Tint>> = { good: 'good', warning: 'busy', broken: 'bad' };
const MARKS: Readonly<Record<Health, string>> = { good: 'ok', warning: 'warn', broken: 'BAD' };

async function run(args: Arguments, terminal: Terminal): Promise<number> {
  if (args.words.length > 0) throw badInput(`'${args.words[0]}' is not expected here`);
  const home = clusterHome(chosenHome(args.text('home'), process.env));
  const findings = [
    ...(await machineFindings(home, process.env)),
    ...(await clusterFindings(home)),
  ];
  if (args.flag('json')) terminal.print(`${JSON.stringify(findings)}\n`);
  else for (const finding of findings) terminal.print(line(finding, terminal));
  return findings.some(({ health }) => health === 'broken') ? EXIT.jobFailed : EXIT.ok;
}

function line({ check, health, found, cure }: Finding, terminal: Terminal): string {
  const mark = terminal.tint(TINTS[health], MARKS[health].padEnd(4));
  const remedy = cure === '' ? '' : `\n${' '.repeat(18)}-> ${cure}`;
  return `${mark}  ${check.padEnd(11)} ${found}${remedy}\n`;
}
