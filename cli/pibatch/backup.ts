/** pibatch backup: a copy of the scheduler's journal, while it runs. */
import { closeSync, copyFileSync, fsyncSync, openSync, renameSync, rmSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { pibatch } from '../../proto/codec.ts';
import type { Arguments, Command } from '../command.ts';
import { badInput, CommandFailure, EXIT } from '../failure.ts';
import { formatBytes } from '../format/bytes.ts';
import { printJson } from '../json.ts';
import type { Terminal } from '../terminal.ts';
import { asClusterFailure } from './clusterFailure.ts';
import { chosenHome, clusterHome, readPlan } from './clusterHome.ts';
import { ClusterQuestions } from './clusterQuestion.ts';

/** A large journal on a slow card. */
const BACKUP_WAIT_MS = 600_000;

export const backup: Command = {
  name: 'pibatch backup',
  usage: ['FILE [--home DIR]'],
  summary:
    'Copies all that the scheduler knows (jobs, history, reservations) into FILE, while it runs.\n' +
    'What users stored in the broker (bundles, inputs, large outputs) and keys are not in it.',
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
    ['pibatch backup /mnt/usb/pibatch-$(date +%F).db', 'every night, to another device'],
    ['pibatch down && pibatch restore /mnt/usb/pibatch-2026-01-05.db', 'when the disk is lost'],
  ],
  run,
};

async function run(args: Arguments, terminal: Terminal): Promise<number> {
  const [file, more] = args.words;
  if (file === undefined) throw badInput('say where to: pibatch backup FILE');
  if (more !== undefined) throw badInput(`'${more}' is not expected here`);
  const home = clusterHome(chosenHome(args.text('home'), process.env));
  try {
    if (!readPlan(home))
      throw new CommandFailure(EXIT.noScheduler, `there is no cluster in ${home.root}`);
    const questions = await ClusterQuestions.connect(home.clientConnection);
    try {
      const question = [pibatch.TakeBackup, {}] as const;
      const taken = await questions.ask('backup', question, pibatch.BackupTaken, BACKUP_WAIT_MS);
      const path = resolve(file);
      moveDurably(taken.path, path);
      const sizeBytes = taken.sizeBytes ?? 0;
      if (args.flag('json')) printJson(terminal, { path, sizeBytes });
      else terminal.print(`Backup in ${path} (${formatBytes(sizeBytes)}).\n`);
      return EXIT.ok;
    } finally {
      await questions.close();
    }
  } catch (error) {
    throw asClusterFailure(error);
  }
}

/** A backup that is there is whole: it is copied beside its place, synced, and renamed. */
function moveDurably(from: string, to: string): void {
  const draft = `${to}.tmp`;
  try {
    copyFileSync(from, draft);
    sync(draft);
    renameSync(draft, to);
    sync(dirname(to));
  } finally {
    rmSync(draft, { force: true });
  }
  rmSync(from, { force: true });
}

function sync(path: string): void {
  const file = openSync(path, 'r');
  fsyncSync(file);
  closeSync(file);
}
