/** pibatch down: stops what `pibatch up` started. */
import type { Arguments, Command } from '../command.ts';
import { badInput, CommandFailure, EXIT } from '../failure.ts';
import type { Terminal } from '../terminal.ts';
import { asClusterFailure } from './clusterFailure.ts';
import { chosenHome, clusterHome, readPlan } from './clusterHome.ts';
import { type ClusterStopped, stopCluster } from './clusterStop.ts';

export const down: Command = {
  name: 'pibatch down',
  usage: ['[--keep-jobs] [--home DIR]'],
  summary:
    'Stops the cluster of this machine: running jobs (cancelled, and said how many), agents,\n' +
    'scheduler, broker. Queued jobs, history, results and keys are kept for the next `up`.',
  options: [
    {
      name: 'keep-jobs',
      takes: 'nothing',
      describe: 'let running jobs run on; the next `up` finds them again',
    },
    {
      name: 'home',
      takes: 'value',
      placeholder: 'DIR',
      describe: 'where the cluster lives ($PIBATCH_HOME, else ~/.pibatch)',
    },
    { name: 'json', takes: 'nothing', describe: 'print one JSON object' },
  ],
  examples: [
    ['pibatch down', 'end of the day'],
    ['pibatch down --keep-jobs && pibatch up', 'restart everything but the jobs'],
  ],
  run,
};

async function run(args: Arguments, terminal: Terminal): Promise<number> {
  if (args.words.length > 0) throw badInput(`'${args.words[0]}' is not expected here`);
  const home = clusterHome(chosenHome(args.text('home'), process.env));
  const keepJobs = args.flag('keep-jobs') ?? false;
  try {
    const plan = readPlan(home);
    if (!plan)
      throw new CommandFailure(
        EXIT.badInput,
        `there is no cluster in ${home.root}: nothing to stop`,
      );
    const stopped = await stopCluster({ home, plan, keepJobs, tell: terminal.tell });
    terminal.print(
      args.flag('json') ? `${JSON.stringify({ home: home.root, ...stopped })}\n` : said(stopped),
    );
    return EXIT.ok;
  } catch (error) {
    throw asClusterFailure(error);
  }
}

function said({ stopped, jobsEnded, jobsKept }: ClusterStopped): string {
  const jobs = (count: number): string => `${count} running job${count === 1 ? '' : 's'}`;
  const parts = [stopped.length === 0 ? 'Nothing was running.' : 'The cluster is down.'];
  if (jobsEnded > 0) parts.push(`Ended ${jobs(jobsEnded)}.`);
  if (jobsKept > 0) parts.push(`Kept ${jobs(jobsKept)}.`);
  return `${parts.join(' ')}\n`;
}
