/** picron: the recurring jobs, when they run next and what became of them. */
import { type Arguments, type Command, runProgram } from './command.ts';
import { badInput, EXIT } from './failure.ts';
import { formatMoment } from './format/moment.ts';
import { didYouMean } from './format/nearest.ts';
import { type Column, formatParsable, formatTable } from './format/table.ts';
import { timeMs } from '../scheduler/model/time.ts';
import type { ScheduleView } from './scheduleView.ts';
import type { Session } from './session.ts';
import type { Terminal } from './terminal.ts';

export const picron: Command = {
  name: 'picron',
  usage: [
    '[list]',
    'next [-n K] [NAME]',
    'history [-n K] NAME',
    'pause | resume | run | remove NAME...',
  ],
  summary:
    'Recurring jobs: `list` them, show the `next` runs in their own time zone or their ' +
    '`history`, `pause`, `resume` and `remove` them, or `run` one now. A job becomes recurring ' +
    'by schedule: in its job.yaml, or pisub --cron.',
  options: [
    {
      name: 'count',
      aliases: ['n'],
      takes: 'value',
      placeholder: 'K',
      describe: 'runs to show; default 5',
    },
    {
      name: 'user',
      aliases: ['u'],
      takes: 'value',
      placeholder: 'USER',
      describe: "another user's",
    },
    { name: 'all', aliases: ['a'], takes: 'nothing', describe: "everybody's" },
    { name: 'no-header', aliases: ['h', 'noheader'], takes: 'nothing', describe: 'rows only' },
    {
      name: 'parsable2',
      aliases: ['P'],
      takes: 'nothing',
      describe: 'columns divided by |, nothing cut',
    },
    { name: 'json', takes: 'nothing', describe: 'print an array of objects' },
  ],
  examples: [
    ['picron', 'your recurring jobs'],
    ['picron next -n 10 nightly', 'the coming ten runs, in its zone'],
    ['picron history nightly', 'what became of the last ones'],
    ['picron pause nightly', 'no runs until resume'],
  ],
  run,
};

const VERBS = ['list', 'next', 'history', 'pause', 'resume', 'run', 'remove'] as const;
type Verb = (typeof VERBS)[number];

const COMMANDS = {
  pause: 'pauseSchedule',
  resume: 'resumeSchedule',
  run: 'runSchedule',
  remove: 'removeSchedule',
} as const;
type OrderVerb = keyof typeof COMMANDS;
const isOrder = (verb: Verb): verb is OrderVerb => verb in COMMANDS;

async function run(args: Arguments, terminal: Terminal): Promise<number> {
  const [word = 'list', ...names] = args.words;
  const verb = VERBS.find((known) => known === word);
  if (!verb)
    throw badInput(
      `unknown command '${word}'${didYouMean(word, VERBS) || `; known: ${VERBS.join(', ')}`}`,
    );
  if ((isOrder(verb) || verb === 'history') && names.length === 0) {
    throw badInput(`${verb} needs the name of a recurring job; picron list shows yours`);
  }
  const count = readCount(args.text('count') ?? '5');
  const { withSession } = await import('./session.ts');
  return withSession('picron', (session) => {
    if (isOrder(verb)) return order(session, { verb, names, args }, terminal);
    return show(session, { verb, names, args, count }, terminal);
  });
}

function readCount(text: string): number {
  const count = Number(text);
  if (Number.isInteger(count) && count >= 1 && count <= 100) return count;
  throw badInput(`--count: not a whole number from 1 to 100: '${text}'`);
}

async function order(
  session: Session,
  request: {
    readonly verb: OrderVerb;
    readonly names: readonly string[];
    readonly args: Arguments;
  },
  terminal: Terminal,
): Promise<number> {
  const { pibatch } = await import('../proto/codec.ts');
  const { RefusedError } = await import('./session.ts');
  const { verb, names, args } = request;
  const done: object[] = [];
  let exitCode: number = EXIT.ok;
  for (const name of names) {
    try {
      const command = { user: args.text('user') ?? session.user, name };
      const answer = await session.ask(
        COMMANDS[verb],
        [pibatch.ScheduleCommand, command],
        pibatch.Scheduled,
        { repeatable: verb !== 'run' },
      );
      const nextMs = answer.nextMs ?? undefined;
      done.push({ name, done: verb, nextMs });
      if (!args.flag('json')) terminal.print(`${name}: ${verb} done${nextText(verb, nextMs)}\n`);
    } catch (error) {
      if (!(error instanceof RefusedError)) throw error;
      exitCode = Math.max(exitCode, error.exitCode);
      terminal.tell(`picron: ${error.message}`);
    }
  }
  if (args.flag('json')) {
    const { printJson } = await import('./json.ts');
    printJson(terminal, done);
  }
  return exitCode;
}

const nextText = (verb: OrderVerb, nextMs: number | undefined): string =>
  verb === 'remove' || verb === 'pause' || nextMs === undefined
    ? ''
    : `; next run ${formatMoment(nextMs)}`;

type Question = {
  readonly verb: Exclude<Verb, OrderVerb>;
  readonly names: readonly string[];
  readonly args: Arguments;
  readonly count: number;
};

async function show(session: Session, question: Question, terminal: Terminal): Promise<number> {
  const { verb, names, args, count } = question;
  const { listSchedules } = await import('./scheduleView.ts');
  const schedules = await listSchedules(session, {
    user: args.flag('all') ? '*' : (args.text('user') ?? ''),
    history: verb === 'history' ? count : 0,
  });
  for (const name of names) {
    if (schedules.some((each) => each.name === name)) continue;
    const guess = didYouMean(
      name,
      schedules.map((each) => each.name),
    );
    throw badInput(`no recurring job '${name}'${guess || '; picron list shows yours'}`);
  }
  const chosen = schedules.filter(({ name }) => names.length === 0 || names.includes(name));
  if (verb === 'list') await printRows(LIST, chosen, args, terminal);
  else if (verb === 'history') {
    await printRows(
      HISTORY,
      chosen.flatMap((each) => each.history.map((past) => ({ ...past, ...zoneOf(each) }))),
      args,
      terminal,
    );
  } else {
    const { nextOccurrences } = await import('../scheduler/policy/occurrence.ts');
    const afterMs = timeMs(Date.now());
    const runs = chosen.flatMap((each) =>
      nextOccurrences(each.rule, { seed: each.name, afterMs }, count).map((atMs) => ({
        atMs,
        paused: each.paused,
        ...zoneOf(each),
      })),
    );
    await printRows(NEXT, runs, args, terminal);
  }
  return EXIT.ok;
}

type Zoned = { readonly schedule: string; readonly timezone: string };
const zoneOf = ({ name, rule }: ScheduleView): Zoned => ({
  schedule: name,
  timezone: rule.timezone,
});

/** `Fri 2026-11-20 02:00:00 CET`. */
function inZone(atMs: number, timezone: string): string {
  const parts = new Intl.DateTimeFormat('en-GB', {
    timeZone: timezone,
    weekday: 'short',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
    timeZoneName: 'short',
  }).formatToParts(atMs);
  const part = (type: string): string => parts.find((each) => each.type === type)?.value ?? '';
  const day = `${part('weekday')} ${part('year')}-${part('month')}-${part('day')}`;
  return `${day} ${part('hour')}:${part('minute')}:${part('second')} ${part('timeZoneName')}`;
}

const LIST: readonly Column<ScheduleView>[] = [
  { title: 'NAME', text: ({ name }) => name, leastCells: 8 },
  { title: 'USER', text: ({ user }) => user, drop: 3 },
  { title: 'CRON', text: ({ rule }) => rule.cron, leastCells: 9 },
  { title: 'ZONE', text: ({ rule }) => rule.timezone, leastCells: 6 },
  { title: 'OVERLAP', text: ({ rule }) => rule.overlap, drop: 2 },
  { title: 'MISSED', text: ({ rule }) => rule.missed, drop: 1 },
  { title: 'RUNNING', text: ({ live }) => live.join(',') || '-', leastCells: 7 },
  {
    title: 'NEXT',
    text: ({ paused, nextMs, rule }) =>
      paused ? 'paused' : nextMs === undefined ? 'never' : inZone(nextMs, rule.timezone),
  },
];

const NEXT: readonly Column<Zoned & { readonly atMs: number; readonly paused: boolean }>[] = [
  { title: 'NAME', text: ({ schedule }) => schedule, leastCells: 8 },
  { title: 'NEXT', text: ({ atMs, timezone }) => inZone(atMs, timezone) },
  { title: 'HERE', text: ({ atMs }) => formatMoment(atMs), drop: 1 },
  { title: 'NOTE', text: ({ paused }) => (paused ? 'paused' : ''), drop: 2 },
];

type Past = Zoned & ScheduleView['history'][number];

const HISTORY: readonly Column<Past>[] = [
  { title: 'NAME', text: ({ schedule }) => schedule, leastCells: 8 },
  { title: 'DUE', text: ({ dueMs, timezone }) => inZone(dueMs, timezone) },
  { title: 'WHAT', text: ({ what }) => what },
  { title: 'JOB', align: 'right', text: ({ job }) => (job === undefined ? '-' : String(job)) },
  {
    title: 'COUNT',
    align: 'right',
    text: ({ count }) => (count === undefined ? '' : String(count)),
    drop: 1,
  },
];

async function printRows<Row extends object>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  args: Arguments,
  terminal: Terminal,
): Promise<void> {
  const header = !args.flag('no-header');
  if (args.flag('json')) {
    const { printJson } = await import('./json.ts');
    printJson(terminal, [...rows]);
  } else if (args.flag('parsable2')) {
    terminal.print(formatParsable(columns, rows, { trailing: false, header }));
  } else {
    terminal.print(formatTable(columns, rows, { cells: terminal.cells, header, gap: '  ' }));
  }
}

if (process.argv[1] === import.meta.filename) await runProgram(picron, process.argv.slice(2));
