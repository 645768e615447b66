/** pirun: runs a command or kernel in the foreground of the terminal, on the cluster. */
import { existsSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import { type Arguments, type Command, runProgram } from './command.ts';
import { badInput } from './failure.ts';
import { addTo, type JobDraft, layOver } from './jobFile/draft.ts';
import { jobOptionsExcept, readJobOptions } from './jobOptions.ts';
import type { Terminal } from './terminal.ts';

const KERNEL = /\.[cm]?[jt]s$/i;

export const pirun: Command = {
  name: 'pirun',
  usage: ['[options] COMMAND [ARGS...]', '[options] KERNEL.ts'],
  summary:
    'Runs a command, or a kernel, on the ranks it asks for and shows their output as it ' +
    'appears. Ctrl-C cancels the job. A program given by a relative path is shipped along; ' +
    'standard input is not.',
  stopsAt: (word) => !KERNEL.test(word),
  options: [
    { name: 'label', aliases: ['l'], takes: 'nothing', describe: 'begin every line with its rank' },
    { name: 'quiet', aliases: ['Q'], takes: 'nothing', describe: 'output of the ranks only' },
    {
      name: 'json',
      takes: 'nothing',
      describe: 'print the outcome as one JSON object; output of the ranks goes to stderr',
    },
    ...jobOptionsExcept('array', 'cron', 'timezone', 'overlap', 'missed', 'hold', 'begin'),
  ],
  examples: [
    ['pirun hostname', 'one rank, somewhere'],
    ['pirun -n 4 -l hostname', 'four ranks, lines labelled'],
    ['pirun -n 8 kernel.ts --param digits=1000', 'a kernel; prints its result'],
    ['pirun -n 2 ./simulate input.dat', 'ships ./simulate along'],
  ],
  exitCodes: 'A job that ran: its exit code, or 128 + signal.',
  run,
};

async function run(args: Arguments, terminal: Terminal): Promise<number> {
  const nowMs = Date.now();
  const { keyContext } = await import('./submit/request.ts');
  const { readVariables } = await import('./jobFile/variables.ts');
  const { resolveJob } = await import('./jobFile/resolve.ts');
  const { bundleOf } = await import('./submit/jobSpec.ts');
  const { runForeground } = await import('./submit/foreground.ts');
  const context = keyContext(nowMs);
  const options = readJobOptions(args, context);
  const given = await readProgram(args.words, nowMs);
  const { array: _array, schedule: _schedule, ...variables } = readVariables(context);
  const draft = layOver(layOver(given, variables), options);
  const job = resolveJob(withShipped(given, draft), process.cwd());
  return runForeground(
    {
      job,
      bundle: await bundleOf(job),
      nowMs,
      label: args.flag('label') ?? false,
      quiet: args.flag('quiet') ?? false,
      json: args.flag('json') ?? false,
    },
    terminal,
  );
}

async function readProgram(words: readonly string[], nowMs: number): Promise<JobDraft> {
  const [program, ...rest] = words;
  if (program === undefined) throw badInput('name a command or a kernel to run; see pirun --help');
  if (KERNEL.test(program)) {
    const { readSource } = await import('./jobFile/source.ts');
    const { keyContext } = await import('./submit/request.ts');
    const folder = process.cwd();
    const context = keyContext(nowMs);
    return (await readSource({ ...context, file: program, args: rest, workingFolder: folder }))
      .draft;
  }
  return { program: { kind: 'command', args: words }, requeue: false };
}

/** `pirun ./simulate`: there is no shared file system, so the program must travel. */
function withShipped({ program }: JobDraft, draft: JobDraft): JobDraft {
  const file = program?.kind === 'command' ? program.args[0] : undefined;
  if (!file?.includes('/') || isAbsolute(file) || !existsSync(file)) return draft;
  return addTo({ ...draft, inputs: draft.inputs ?? [] }, { inputs: [file] });
}

if (process.argv[1] === import.meta.filename) await runProgram(pirun, process.argv.slice(2));
