/** pisub: submits a job file, a kernel, a script or a wrapped command; may wait for the result. */
import { type Arguments, type Command, runProgram } from './command.ts';
import { EXIT, badInput } from './failure.ts';
import { JOB_OPTIONS } from './jobOptions.ts';
import type { Terminal } from './terminal.ts';

export const pisub: Command = {
  name: 'pisub',
  usage: [
    '[options] JOB.yaml',
    '[options] KERNEL.ts',
    '[options] SCRIPT [ARGS...]',
    '[options] --wrap COMMAND',
  ],
  summary:
    'Submits a job and prints its id. A script may carry #PIBATCH and #SBATCH lines; with ' +
    'no file, or -, the job or script is read from standard input.',
  stopsAt: (word) => !/\.(ya?ml|json|[cm]?[jt]s)$/i.test(word),
  options: [
    { name: 'wrap', takes: 'value', placeholder: 'COMMAND', describe: 'run one shell line' },
    {
      name: 'wait',
      aliases: ['W'],
      takes: 'nothing',
      describe: 'wait for the end; Ctrl-C leaves the job running',
    },
    { name: 'parsable', takes: 'nothing', describe: 'print the id only' },
    { name: 'json', takes: 'nothing', describe: 'print one JSON object; with --wait the outcome' },
    { name: 'dry-run', takes: 'nothing', describe: 'check everything and print the request' },
    {
      name: 'scale',
      placeholder: 'RANKS',
      takes: 'value',
      describe: 'submit once per rank count, as one sweep: 1,2,4,8',
    },
    {
      name: 'repeat',
      placeholder: 'N',
      takes: 'value',
      describe: 'runs of every rank count of --scale',
    },
    {
      name: 'request-id',
      placeholder: 'ID',
      takes: 'value',
      describe: 'own id: the same id never makes a second job',
    },
    { name: 'quiet', aliases: ['Q'], takes: 'nothing', describe: 'no progress and no warnings' },
    ...JOB_OPTIONS,
  ],
  examples: [
    ['pisub job.yaml', 'submit what job.yaml describes'],
    ['pisub --wait --json job.yaml', 'wait; print state and result as JSON'],
    ['pisub -n 4 -t 10m kernel.ts --param digits=1000', 'run a kernel on 4 ranks'],
    ['pisub -a 0-9%2 script.sh', 'ten tasks, at most two at once'],
    ['pisub -N 2 --deadline 18:00 job.yaml', 'on two nodes, over by six'],
    ['pisub --scale 1,2,4 --repeat 3 job.yaml', 'measure a speedup: nine runs'],
    ['pisub --dry-run job.yaml', 'only check it'],
  ],
  notes:
    'Where a key is said more than once, options win over PISUB_* variables (PISUB_RANKS, ' +
    'PISUB_TIME, ...), these over SBATCH_* ones, and these over the file. docs/sbatch-options.md lists what becomes of ' +
    '#SBATCH lines, docs/job.schema.json describes job.yaml.',
  exitCodes: 'With --wait: the exit code of the job, 128 + signal, or the highest of several.',
  run: submit,
};

async function submit(args: Arguments, terminal: Terminal): Promise<number> {
  const nowMs = Date.now();
  const { readRequests } = await import('./submit/request.ts');
  const { jobs, warnings } = await readRequests(args, nowMs);
  if (!args.flag('quiet')) for (const warning of warnings) terminal.tell(`pisub: ${warning}`);
  const [first] = jobs;
  if (!first) throw badInput('nothing to submit');
  if (args.flag('wait') && first.schedule) {
    throw badInput('--wait needs an end, but a recurring job (schedule) has none');
  }
  const { bundleOf } = await import('./submit/jobSpec.ts');
  const bundle = await bundleOf(first);
  if (args.flag('dry-run')) {
    const { dryRunJson } = await import('./submit/dryRun.ts');
    const { printJson } = await import('./json.ts');
    const shown = jobs.map((job) => dryRunJson(job, bundle));
    printJson(terminal, jobs.length === 1 ? (shown[0] ?? {}) : shown);
    return EXIT.ok;
  }
  const { submitAll } = await import('./submit/submitAll.ts');
  return submitAll(
    {
      jobs,
      bundle,
      nowMs,
      wait: args.flag('wait') ?? false,
      quiet: args.flag('quiet') ?? false,
      style: args.flag('json') ? 'json' : args.flag('parsable') ? 'parsable' : 'text',
      requestId: args.text('request-id'),
    },
    terminal,
  );
}

if (process.argv[1] === import.meta.filename) await runProgram(pisub, process.argv.slice(2));
