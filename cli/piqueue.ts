/** piqueue: what waits and what runs, in squeue's columns. */
import { type Arguments, type Command, runProgram } from './command.ts';
import { badInput, CommandFailure, EXIT } from './failure.ts';
import { formatMoment } from './format/moment.ts';
import { parseStates } from './format/state.ts';
import { jobNumbers, readJobReferences, type JobReference } from './jobIds.ts';
import type { JobView } from './jobView.ts';
import {
  DEFAULT_FORMAT,
  type FormatPiece,
  LONG_FORMAT,
  START_FORMAT,
  parseQueueFormat,
  renderQueue,
  fitted,
  withLongReasons,
} from './queue/queueFormat.ts';
import { newsOrTimeout } from './queue/watch.ts';
import type { Session } from './session.ts';
import type { Terminal } from './terminal.ts';

export const piqueue: Command = {
  name: 'piqueue',
  usage: ['[options]', 'explain JOB [--json]'],
  summary: 'Lists the jobs that wait, run or are ending.',
  options: [
    {
      name: 'long',
      aliases: ['l'],
      takes: 'nothing',
      describe: 'states and reasons in full, time limits',
    },
    {
      name: 'jobs',
      aliases: ['j', 'job'],
      takes: 'value',
      placeholder: 'IDS',
      describe: 'these jobs: 12,20_4',
    },
    {
      name: 'user',
      aliases: ['u'],
      takes: 'value',
      placeholder: 'USERS',
      describe: 'jobs of these users',
    },
    { name: 'me', takes: 'nothing', describe: 'your jobs' },
    {
      name: 'states',
      aliases: ['t', 'state'],
      takes: 'value',
      placeholder: 'STATES',
      describe: 'PD,R,CG ...; others, or all: those that ended in the last 5 minutes too',
    },
    {
      name: 'name',
      aliases: ['n'],
      takes: 'value',
      placeholder: 'NAMES',
      describe: 'jobs of these names',
    },
    {
      name: 'partition',
      aliases: ['p'],
      takes: 'value',
      placeholder: 'NAMES',
      describe: 'jobs in these partitions',
    },
    {
      name: 'account',
      aliases: ['A'],
      takes: 'value',
      placeholder: 'NAMES',
      describe: 'jobs of these accounts',
    },
    {
      name: 'format',
      aliases: ['o'],
      takes: 'value',
      placeholder: 'FORMAT',
      describe: `squeue's format; default "${DEFAULT_FORMAT}"`,
    },
    {
      name: 'start',
      takes: 'nothing',
      describe: 'waiting jobs and when they are to start; N/A: not foretold',
    },
    {
      name: 'accuracy',
      takes: 'nothing',
      describe: 'with --start: how right what was foretold has been',
    },
    { name: 'no-header', aliases: ['h', 'noheader'], takes: 'nothing', describe: 'rows only' },
    { name: 'json', takes: 'nothing', describe: 'print an array of objects' },
    {
      name: 'watch',
      aliases: ['w'],
      takes: 'nothing',
      describe: 'show it again as it changes, until Ctrl-C',
    },
    {
      name: 'priority',
      takes: 'nothing',
      describe: 'what the priority of waiting jobs is made of',
    },
    {
      name: 'iterate',
      aliases: ['i'],
      takes: 'value',
      placeholder: 'SECONDS',
      describe: 'show it again every so often',
    },
    {
      name: 'all',
      aliases: ['a'],
      takes: 'nothing',
      describe: 'as without; for scripts written for squeue',
    },
    {
      name: 'array',
      aliases: ['r'],
      takes: 'nothing',
      describe: 'as without; waiting tasks stay in one row',
    },
    { name: 'noconvert', takes: 'nothing', describe: 'as without; for scripts written for squeue' },
  ],
  examples: [
    ['piqueue', 'the whole queue'],
    ['piqueue --me --watch', 'your jobs, as they move'],
    ['piqueue -j 12 -t all', 'one job, also when it has just ended'],
    ['piqueue explain 12', 'why job 12 waits, and what would help'],
    ['piqueue -h -o "%i %t"', 'for scripts'],
  ],
  notes:
    'Letters of -o: i id, j name, u user, P partition, a account, t and T state, M time, ' +
    'l limit, L time left, D nodes, C cores, m memory, R nodes or reason, r reason, N nodes, ' +
    'S start, e end, V submitted, k comment, o program, A F K ids of an array, f features, b gres, ' +
    'W licenses, q QoS, v reservation, y nice, E dependency.',
  run,
};

/** How long squeue remembers a job that has ended. */
const REMEMBERED_MS = 300_000;
const LIVE = ['PENDING', 'CONFIGURING', 'RUNNING', 'SUSPENDED', 'COMPLETING', 'REQUEUED'];

type Filter = {
  readonly references: readonly JobReference[];
  readonly users: readonly string[];
  readonly names: readonly string[];
  readonly partitions: readonly string[];
  readonly accounts: readonly string[];
  /** Undefined: those that have not ended. */
  readonly states: readonly string[] | undefined;
};

async function run(args: Arguments, terminal: Terminal): Promise<number> {
  if (args.words[0] === 'explain') {
    const { explainJob } = await import('./queue/explain.ts');
    return explainJob(args, terminal);
  }
  if (args.words.length > 0)
    throw badInput(`'${args.words[0]}' is not an option; see piqueue --help`);
  if (args.flag('accuracy')) {
    const { showAccuracy } = await import('./queue/accuracy.ts');
    return showAccuracy(args, terminal);
  }
  const filter = readFilter(args);
  const pieces = readFormat(args);
  const everyMs = readInterval(args);
  const { withSession } = await import('./session.ts');
  return withSession('piqueue', async (session) => {
    const users = args.flag('me') ? [session.user] : filter.users;
    if (args.flag('priority')) {
      const { showPriorities } = await import('./queue/priority.ts');
      const ids = filter.references.map(({ job }) => job);
      return showPriorities(session, { args, ids, users }, terminal);
    }
    for (;;) {
      const rows = await matching(session, { ...filter, users });
      await show(rows, { args, pieces, again: everyMs !== undefined }, terminal);
      if (everyMs === undefined) return EXIT.ok;
      await newsOrTimeout(session, everyMs);
    }
  });
}

const list = (text: string | undefined): readonly string[] =>
  (text ?? '')
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '');

function readFilter(args: Arguments): Filter {
  const states = args.text('states');
  const parsed = states === undefined ? undefined : parseStates(states);
  if (parsed && !parsed.ok) throw badInput(`--states: ${parsed.message}`);
  return {
    references: readJobReferences(args.texts('jobs')),
    users: list(args.text('user')),
    names: list(args.text('name')),
    partitions: list(args.text('partition')),
    accounts: list(args.text('account')),
    states: parsed?.value ?? (args.flag('start') ? ['PENDING'] : undefined),
  };
}

function readFormat(args: Arguments): readonly FormatPiece[] {
  const long = args.flag('long') ?? false;
  const usual = args.flag('start') ? START_FORMAT : long ? LONG_FORMAT : DEFAULT_FORMAT;
  const parsed = parseQueueFormat(args.text('format') ?? usual);
  if (!parsed.ok) throw badInput(`--format: ${parsed.message}; see piqueue --help`);
  return long ? withLongReasons(parsed.value) : parsed.value;
}

function readInterval(args: Arguments): number | undefined {
  const text = args.text('iterate');
  if (text === undefined) return args.flag('watch') ? 5_000 : undefined;
  const seconds = Number(text);
  if (seconds >= 1 && seconds <= 86_400) return seconds * 1000;
  throw badInput(`--iterate: not a number of seconds from 1 to 86400: '${text}'`);
}

async function matching(session: Session, filter: Filter): Promise<JobView[]> {
  const { listJobs } = await import('./jobView.ts');
  const finished = filter.states?.some((state) => !LIVE.includes(state)) ?? false;
  const ids = jobNumbers(filter.references);
  const rows = await listJobs(session, {
    ids,
    user: filter.users.length === 1 ? (filter.users[0] ?? '') : '',
    name: filter.names.length === 1 ? (filter.names[0] ?? '') : '',
    states: [...(filter.states ?? [])],
    finished,
    sinceMs: finished && ids.length === 0 ? Date.now() - REMEMBERED_MS : null,
  });
  const [only] = ids;
  if (ids.length === 1 && rows.length === 0) {
    throw new CommandFailure(
      EXIT.refused,
      `job ${only} is not in the queue; if it has ended, see piacct -j ${only}`,
    );
  }
  return rows.filter((view) => matches(view, filter));
}

function matches(view: JobView, filter: Filter): boolean {
  const among = (wanted: readonly string[], value: string): boolean =>
    wanted.length === 0 || wanted.includes(value);
  const { references } = filter;
  const asked =
    references.length === 0 ||
    references.some(
      ({ job, task }) =>
        (job === view.job && task === undefined) ||
        (job === (view.arrayJob ?? view.job) && (task === undefined || task === view.arrayTask)),
    );
  return (
    asked &&
    among(filter.users, view.user) &&
    among(filter.names, view.name) &&
    among(filter.partitions, view.partition) &&
    among(filter.accounts, view.account) &&
    among(filter.states ?? LIVE, view.state)
  );
}

async function show(
  rows: readonly JobView[],
  options: {
    readonly args: Arguments;
    readonly pieces: readonly FormatPiece[];
    readonly again: boolean;
  },
  terminal: Terminal,
): Promise<void> {
  const { args, again } = options;
  const nowMs = Date.now();
  if (args.flag('json')) {
    const { printJson } = await import('./json.ts');
    printJson(terminal, [...rows]);
    return;
  }
  const own = args.text('format') !== undefined;
  const pieces = own ? options.pieces : fitted(options.pieces, { rows, nowMs }, terminal.cells);
  const header = !args.flag('no-header');
  const cells = own ? undefined : terminal.cells;
  const text = renderQueue({ pieces, rows, header, nowMs }, { ...terminal, cells });
  const home = again && terminal.cells !== undefined ? '\u001b[H\u001b[2J' : '';
  const count = `${rows.length} ${rows.length === 1 ? 'row' : 'rows'}`;
  const stamp = again ? `${formatMoment(nowMs).slice(11)}  ${count}\n` : '';
  terminal.print(home + stamp + text);
}

if (process.argv[1] === import.meta.filename) await runProgram(piqueue, process.argv.slice(2));
