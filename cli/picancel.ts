/** picancel: ends jobs, or sends them a signal. */
import { type Arguments, type Command, runProgram } from './command.ts';
import { badInput, EXIT } from './failure.ts';
import { parseSignal } from './format/signal.ts';
import { parseStates } from './format/state.ts';
import { type JobReference, readJobReferences } from './jobIds.ts';
import type { JobView } from './jobView.ts';
import type { Session } from './session.ts';
import type { Terminal } from './terminal.ts';

export const picancel: Command = {
  name: 'picancel',
  usage: ['[options] JOB...', '[options] --name NAME | --user USER | --state STATES | --me'],
  summary:
    'Cancels jobs: those that wait leave the queue, those that run get TERM and, if they do ' +
    'not end, KILL. Tasks of an array are named 20_4 or 20_[1-3].',
  options: [
    {
      name: 'signal',
      aliases: ['s'],
      takes: 'value',
      placeholder: 'SIGNAL',
      describe: 'only send this signal to jobs that run: USR1, 10',
    },
    {
      name: 'name',
      aliases: ['n', 'jobname'],
      takes: 'value',
      placeholder: 'NAME',
      describe: 'your jobs of this name',
    },
    {
      name: 'user',
      aliases: ['u'],
      takes: 'value',
      placeholder: 'USER',
      describe: 'jobs of this user',
    },
    { name: 'me', takes: 'nothing', describe: 'all your jobs' },
    {
      name: 'state',
      aliases: ['t'],
      takes: 'value',
      placeholder: 'STATES',
      describe: 'only jobs in these states: PD, R',
    },
    {
      name: 'partition',
      aliases: ['p'],
      takes: 'value',
      placeholder: 'NAME',
      describe: 'only jobs in this partition',
    },
    {
      name: 'quiet',
      aliases: ['Q'],
      takes: 'nothing',
      describe: 'say nothing of jobs that have ended already',
    },
    { name: 'verbose', aliases: ['v'], takes: 'nothing', describe: 'name every job that is ended' },
    { name: 'json', takes: 'nothing', describe: 'print an array of objects, one per job' },
  ],
  examples: [
    ['picancel 12', 'one job, or a whole array'],
    ['picancel 20_4 20_[7-9]', 'some tasks of an array'],
    ['picancel --me --state PD', 'all of yours that wait'],
    ['picancel -s USR1 12', 'tell a running job something'],
  ],
  run,
};

async function run(args: Arguments, terminal: Terminal): Promise<number> {
  const references = readJobReferences(args.words);
  const filtered = ['name', 'user', 'state', 'partition'].some(
    (name) => args.text(name) !== undefined,
  );
  if (references.length === 0 && !filtered && !args.flag('me')) {
    throw badInput('name a job, or choose jobs with --name, --user, --me or --state');
  }
  const signal = readSignal(args.text('signal'));
  const states = args.text('state');
  const parsed = states === undefined ? undefined : parseStates(states);
  if (parsed && !parsed.ok) throw badInput(`--state: ${parsed.message}`);
  const { withSession } = await import('./session.ts');
  return withSession('picancel', async (session) => {
    const chosen =
      filtered || args.flag('me')
        ? await choose(session, { args, references, states: parsed?.value })
        : references;
    return cancelAll(session, { chosen, signal, args }, terminal);
  });
}

function readSignal(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const signal = parseSignal(text);
  if (signal.ok) return signal.value;
  throw badInput(`--signal: ${signal.message}`);
}

type Choice = {
  readonly args: Arguments;
  readonly references: readonly JobReference[];
  readonly states: readonly string[] | undefined;
};

/** Live jobs that all the filters agree on. */
async function choose(
  session: Session,
  { args, references, states }: Choice,
): Promise<JobReference[]> {
  const { listJobs } = await import('./jobView.ts');
  const { isFinal } = await import('./format/state.ts');
  const rows = await listJobs(session, {
    user: args.text('user') ?? session.user,
    name: args.text('name') ?? '',
    ids: references.map(({ job }) => job),
  });
  const partition = args.text('partition');
  const wanted = (view: JobView): boolean =>
    !isFinal(view.state) &&
    (states === undefined || states.includes(view.state)) &&
    (partition === undefined || partition === view.partition);
  return rows.filter(wanted).map(({ job }) => ({ job, task: undefined }));
}

type Cancelled = {
  readonly job: string;
  readonly cancelled: boolean;
  readonly jobs: readonly number[];
  readonly error: string | undefined;
};

async function cancelAll(
  session: Session,
  request: {
    readonly chosen: readonly JobReference[];
    readonly signal: number | undefined;
    readonly args: Arguments;
  },
  terminal: Terminal,
): Promise<number> {
  const { pibatch } = await import('../proto/codec.ts');
  const { RefusedError } = await import('./session.ts');
  const { printJson } = await import('./json.ts');
  const { chosen, signal, args } = request;
  const done: Cancelled[] = [];
  let exitCode: number = EXIT.ok;
  for (const { job, task } of chosen) {
    const label = task === undefined ? String(job) : `${job}_${task}`;
    try {
      const command = { job, task: task ?? null, signal: signal ?? null };
      const answer = await session.ask('cancel', [pibatch.JobCommand, command], pibatch.Done, {
        repeatable: signal === undefined,
      });
      done.push({ job: label, cancelled: true, jobs: answer.jobs, error: undefined });
      const verb = signal === undefined ? 'cancelled' : `signal ${signal} sent to`;
      if (args.flag('verbose')) terminal.tell(`picancel: ${verb} job ${label}`);
    } catch (error) {
      if (!(error instanceof RefusedError)) throw error;
      done.push({ job: label, cancelled: false, jobs: [], error: error.message });
      if (args.flag('quiet') && error.refusal?.code === 'jobFinished') continue;
      if (!args.flag('json')) terminal.tell(`picancel: ${error.message}`);
      exitCode = Math.max(exitCode, error.exitCode);
    }
  }
  if (args.flag('json')) printJson(terminal, done);
  else if (chosen.length === 0) terminal.tell('picancel: no job matches');
  return exitCode;
}

if (process.argv[1] === import.meta.filename) await runProgram(picancel, process.argv.slice(2));
