/** pibatch status: what runs of the cluster on this machine. */
import type { Arguments, Command } from '../command.ts';
import { badInput, CommandFailure, EXIT } from '../failure.ts';
import { compressIndexSet } from '../format/ranges.ts';
import type { Terminal } from '../terminal.ts';
import { asClusterFailure } from './clusterFailure.ts';
import { chosenHome, clusterHome, readPlan } from './clusterHome.ts';
import { type ClusterStatus, clusterStatus } from './clusterStatus.ts';

export const status: Command = {
  name: 'pibatch status',
  usage: ['[--home DIR]'],
  summary: 'Says what runs of the cluster on this machine.',
  options: [
    {
      name: 'home',
      takes: 'value',
      placeholder: 'DIR',
      describe: 'where the cluster lives ($PIBATCH_HOME, else ~/.pibatch)',
    },
    { name: 'json', takes: 'nothing', describe: 'print one JSON object' },
  ],
  examples: [
    ['pibatch status', 'the cluster at a glance'],
    ['pibatch status --json', 'for scripts'],
  ],
  notes: 'Exit code 4 when the scheduler does not answer.',
  run,
};

async function run(args: Arguments, terminal: Terminal): Promise<number> {
  if (args.words.length > 0) throw badInput(`'${args.words[0]}' is not expected here`);
  const home = clusterHome(chosenHome(args.text('home'), process.env));
  try {
    const plan = readPlan(home);
    if (!plan)
      throw new CommandFailure(
        EXIT.noScheduler,
        `there is no cluster in ${home.root}: start one with 'pibatch up'`,
      );
    const found = await clusterStatus(home, plan);
    terminal.print(args.flag('json') ? `${JSON.stringify(found)}\n` : table(found));
    return found.scheduler.problem === '' ? EXIT.ok : EXIT.noScheduler;
  } catch (error) {
    throw asClusterFailure(error);
  }
}

function table({ cluster, home, broker, scheduler, nodes }: ClusterStatus): string {
  const process = (pid: number | null): string =>
    pid === null ? 'not running' : `running (process ${pid})`;
  const rows: [string, string][] = [
    ['cluster', `${cluster} in ${home}`],
    ['broker', `${broker.own ? process(broker.pid) : 'your own'}, ${broker.server}`],
    ['scheduler', process(scheduler.pid)],
  ];
  if (scheduler.liveJobs !== null)
    rows.push(['', `version ${scheduler.version}, ${scheduler.liveJobs} jobs queued or running`]);
  else rows.push(['', `does not answer: ${scheduler.problem}`]);
  for (const { name, cores, pid, state, reason } of nodes) {
    const why = reason === '' ? '' : ` (${reason})`;
    const seen = state === null ? '' : `, ${state}${why}`;
    rows.push([name, `${process(pid)}, cores ${compressIndexSet(cores)}${seen}`]);
  }
  const width = Math.max(...rows.map(([what]) => what.length)) + 2;
  return rows.map(([what, text]) => `${what.padEnd(width)}${text}\n`).join('');
}
