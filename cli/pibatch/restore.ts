/** pibatch restore: a backup takes the place of the scheduler's journal. */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { compressHostlist } from '../format/hostlist.ts';
import type { BackupRestored } from '../../scheduler/live/restoreBackup.ts';
import type { Arguments, Command } from '../command.ts';
import { badInput, CommandFailure, EXIT } from '../failure.ts';
import { printJson } from '../json.ts';
import type { Terminal } from '../terminal.ts';
import { asClusterFailure } from './clusterFailure.ts';
import { chosenHome, clusterHome } from './clusterHome.ts';
import { runningDaemon } from './daemon.ts';
import { schedulerDaemon } from './programs.ts';

export const restore: Command = {
  name: 'pibatch restore',
  usage: ['FILE [--generation N] [--home DIR]'],
  summary:
    'Puts a backup in place of the journal of a scheduler that does not run; the journal that was\n' +
    'there is kept under another name. Jobs submitted after the backup are lost, and their ids are\n' +
    'not given again. The scheduler then places nothing until every node has said what it did since\n' +
    'the backup, or a lease and its margin are over (docs/protocol.md, "Restore").',
  options: [
    {
      name: 'generation',
      takes: 'value',
      placeholder: 'N',
      describe:
        'of the cluster; needed where nothing is left of the journal (on a new disk), and when nodes\nsay in their logs that they know a higher one',
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
    ['pibatch restore /mnt/usb/pibatch-2026-01-05.db && pibatch up', 'after a disk was damaged'],
    ['pibatch restore copy.db --generation 2', 'on a new disk, the first time'],
  ],
  run,
};

async function run(args: Arguments, terminal: Terminal): Promise<number> {
  const [file, more] = args.words;
  if (file === undefined) throw badInput('say which: pibatch restore FILE');
  if (more !== undefined) throw badInput(`'${more}' is not expected here`);
  const home = clusterHome(chosenHome(args.text('home'), process.env));
  const running = runningDaemon(schedulerDaemon(home));
  if (running)
    throw new CommandFailure(
      EXIT.badInput,
      `the scheduler runs (process ${running.pid}): stop it first, with 'pibatch down --keep-jobs'`,
    );
  if (!existsSync(home.scheduler)) throw badInput(`there is no cluster in ${home.root}`);
  try {
    const { restoreBackup } = await import('../../scheduler/live/restoreBackup.ts');
    const { readSettings } = await import('../../scheduler/live/settings.ts');
    const restored = restoreBackup(join(home.scheduler, 'pibatch.db'), resolve(file), {
      settings: readSettings(home.scheduler),
      nowMs: Date.now(),
      generation: generationOf(args.text('generation')),
    });
    if (args.flag('json')) printJson(terminal, restored);
    else terminal.print(said(restored));
    return EXIT.ok;
  } catch (error) {
    if (error instanceof Error && (error.name === 'JournalError' || error.name === 'SettingsError'))
      throw new CommandFailure(EXIT.badInput, error.message, { cause: error });
    throw asClusterFailure(error);
  }
}

function generationOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^[1-9]\d{0,2}$/.test(text)) throw badInput(`--generation ${text}: a number from 2 to 999`);
  return Number(text);
}

function said({
  generation,
  liveJobs,
  backupMs,
  awaited,
  complete,
  kept,
  nextJobId,
}: BackupRestored): string {
  const names = compressHostlist(awaited);
  const lines = [
    `Restored the journal of ${new Date(backupMs).toISOString()}: ${liveJobs} live jobs.`,
    `It is now of generation ${generation}; the next job is ${nextJobId}.`,
    complete
      ? `Work is placed when ${names || 'no node'} has said what it holds.`
      : `The journal that was lost cannot say which nodes there were: work is placed when a lease is over.`,
  ];
  if (kept !== undefined) lines.push(`The journal that was there is in ${kept}.`);
  return lines.map((line) => `${line}\n`).join('');
}
