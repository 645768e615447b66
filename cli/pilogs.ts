/** pilogs: what a job wrote, now or then; its result and its output files. */
import { type Arguments, type Command, runProgram } from './command.ts';
import { badInput, CommandFailure, EXIT } from './failure.ts';
import { type JobReference, readJobReference } from './jobIds.ts';
import type { JobView } from './jobView.ts';
import type { StoredFile } from './output/stored.ts';
import type { Session } from './session.ts';
import type { Terminal } from './terminal.ts';

export const pilogs: Command = {
  name: 'pilogs',
  usage: ['[options] JOB'],
  summary:
    'Prints what the ranks of a job wrote: what is there so far while it runs, all of it ' +
    'when it has ended. A task of an array is named 20_4.',
  options: [
    {
      name: 'follow',
      aliases: ['f'],
      takes: 'nothing',
      describe: 'stay until the job ends; Ctrl-C leaves it running',
    },
    { name: 'rank', aliases: ['r'], takes: 'value', placeholder: 'N', describe: 'only this rank' },
    { name: 'label', aliases: ['l'], takes: 'nothing', describe: 'begin every line with its rank' },
    { name: 'result', takes: 'nothing', describe: "print the kernel's return value, as JSON" },
    {
      name: 'fetch',
      takes: 'value',
      placeholder: 'DIR',
      describe: 'bring the output files into this folder',
    },
    { name: 'list', takes: 'nothing', describe: 'list what is stored' },
    { name: 'json', takes: 'nothing', describe: 'with --list or --fetch: an array of objects' },
  ],
  examples: [
    ['pilogs 12', 'output of all ranks'],
    ['pilogs -f -l 12', 'live, with labels'],
    ['pilogs --result 12', "the kernel's return value"],
    ['pilogs --fetch results 12', 'files of `outputs` into ./results'],
  ],
  exitCodes: 'With --follow: as the job ended, as pisub --wait.',
  run,
};

async function run(args: Arguments, terminal: Terminal): Promise<number> {
  const [word, ...more] = args.words;
  if (word === undefined) throw badInput('name a job; piqueue and piacct list them');
  if (more.length > 0) throw badInput(`one job at a time, not also '${more.join(' ')}'`);
  const reference = readJobReference(word);
  const rank = readRank(args.text('rank'));
  const { withSession } = await import('./session.ts');
  return withSession('pilogs', async (session) => {
    const view = await findJob(session, reference);
    if (rank !== undefined && rank >= view.ranks) {
      throw badInput(`--rank: job ${word} has ranks 0 to ${view.ranks - 1}, not ${rank}`);
    }
    if (args.flag('follow')) return follow(session, { view, rank, args }, terminal);
    const { listStored } = await import('./output/stored.ts');
    const stored = await listStored(session, view.job);
    if (args.flag('result')) return printResult(session, { view, files: stored.files }, terminal);
    if (args.flag('list')) return printList(stored.files, args, terminal);
    const folder = args.text('fetch');
    if (folder !== undefined) {
      return fetchInto(session, { view, files: stored.files, folder, args }, terminal);
    }
    return printOutput(
      session,
      { view, rank, args, files: stored.files, finished: stored.finished },
      terminal,
    );
  });
}

function readRank(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d{1,6}$/.test(text)) return Number(text);
  throw badInput(`--rank: not the number of a rank: '${text}'`);
}

async function findJob(session: Session, { job, task }: JobReference): Promise<JobView> {
  const { listJobs } = await import('./jobView.ts');
  const rows = await listJobs(session, { ids: [job], finished: true });
  const found =
    task === undefined
      ? (rows.find((view) => view.job === job && view.pendingTasks === '') ?? rows[0])
      : rows.find((view) => view.arrayTask === task);
  if (!found) {
    const name = task === undefined ? `job ${job}` : `task ${job}_${task}`;
    const hint = rows.length > 0 ? ' has not started yet' : ' is known; see piqueue and piacct';
    throw badInput(rows.length > 0 ? `${name}${hint}` : `no ${name}${hint}`);
  }
  if (task === undefined && rows.length > 1) {
    const tasks = rows.map(({ arrayTask }) => arrayTask).filter((each) => each !== undefined);
    throw badInput(
      `job ${job} is an array; name one of its tasks, such as ${job}_${tasks[0] ?? 0}`,
    );
  }
  return found;
}

type Shown = {
  readonly view: JobView;
  readonly rank: number | undefined;
  readonly args: Arguments;
};

async function printOutput(
  session: Session,
  shown: Shown & { readonly files: readonly StoredFile[]; readonly finished: boolean },
  terminal: Terminal,
): Promise<number> {
  const { view, rank, args, files, finished } = shown;
  const { LiveOutput } = await import('./output/liveOutput.ts');
  const { rankLines } = await import('./output/rankLines.ts');
  const lines = rankLines({
    ranks: rank === undefined ? view.ranks : 1,
    label: args.flag('label') ?? false,
    print: (bytes) => terminal.print(bytes),
  });
  const live = new LiveOutput(session, {
    job: view.job,
    ranks: view.ranks,
    rank,
    write: lines.write,
  });
  if (finished) await live.finish(files);
  else {
    if (view.nodes.length > 0) await live.catchUp();
    live.close();
    terminal.tell(`pilogs: job ${view.job} is ${view.state}; --follow shows what comes`);
  }
  lines.end();
  if (finished && rank !== undefined && !files.some(({ name }) => name === `rank.${rank}`)) {
    terminal.tell(`pilogs: rank ${rank} wrote nothing`);
  }
  tellGaps(files, rank, terminal);
  return EXIT.ok;
}

function tellGaps(
  files: readonly StoredFile[],
  rank: number | undefined,
  terminal: Terminal,
): void {
  for (const { name, content, truncated } of files) {
    if (!name.startsWith('rank.') || (rank !== undefined && name !== `rank.${rank}`)) continue;
    if (content.kind === 'missing')
      terminal.tell(`pilogs: output of ${name} is lost: ${content.why}`);
    if (truncated) terminal.tell(`pilogs: output of ${name} was cut at its limit`);
  }
}

async function follow(
  session: Session,
  { view, rank, args }: Shown,
  terminal: Terminal,
): Promise<number> {
  const { followJob } = await import('./output/follow.ts');
  return followJob(session, { view, rank, label: args.flag('label') ?? false }, terminal);
}

async function printResult(
  session: Session,
  { view, files }: { readonly view: JobView; readonly files: readonly StoredFile[] },
  terminal: Terminal,
): Promise<number> {
  const { bytesOf, RESULT_NAME } = await import('./output/stored.ts');
  const file = files.find(({ name }) => name === RESULT_NAME);
  if (!file) {
    const why =
      view.endedMs === undefined
        ? `job ${view.job} is ${view.state}; the result comes at its end`
        : `job ${view.job} (${view.state}) left no result: only a kernel that returns has one`;
    throw new CommandFailure(EXIT.jobFailed, why);
  }
  terminal.print(`${new TextDecoder().decode(await bytesOf(session, file)).trimEnd()}\n`);
  return EXIT.ok;
}

async function printList(
  files: readonly StoredFile[],
  args: Arguments,
  terminal: Terminal,
): Promise<number> {
  const rows = files.map(({ name, sizeBytes, truncated, content }) => ({
    name,
    sizeBytes,
    truncated,
    missing: content.kind === 'missing' ? content.why : undefined,
  }));
  if (args.flag('json')) {
    const { printJson } = await import('./json.ts');
    printJson(terminal, rows);
    return EXIT.ok;
  }
  const { formatTable } = await import('./format/table.ts');
  const { formatBytes } = await import('./format/bytes.ts');
  const columns = [
    { title: 'NAME', text: (row: (typeof rows)[number]) => row.name, leastCells: 12 },
    {
      title: 'SIZE',
      align: 'right' as const,
      text: (row: (typeof rows)[number]) => formatBytes(row.sizeBytes),
    },
    {
      title: 'NOTE',
      text: (row: (typeof rows)[number]) =>
        row.missing ?? (row.truncated ? 'cut at its limit' : ''),
      leastCells: 6,
    },
  ];
  terminal.print(formatTable(columns, rows, { cells: terminal.cells, gap: '  ' }));
  return EXIT.ok;
}

async function fetchInto(
  session: Session,
  request: {
    readonly view: JobView;
    readonly files: readonly StoredFile[];
    readonly folder: string;
    readonly args: Arguments;
  },
  terminal: Terminal,
): Promise<number> {
  const { view, folder, args } = request;
  const { fetchFiles, isOutputFile } = await import('./output/fetch.ts');
  const { printable } = await import('./format/displayWidth.ts');
  const files = request.files.filter(isOutputFile);
  if (files.length === 0) {
    const why =
      view.endedMs === undefined
        ? `job ${view.job} is ${view.state}; its files come at its end`
        : `job ${view.job} left no output files; name them with outputs: in job.yaml or --outputs`;
    throw new CommandFailure(EXIT.jobFailed, why);
  }
  const fetched = await fetchFiles(session, { files, folder });
  if (args.flag('json')) {
    const { printJson } = await import('./json.ts');
    printJson(terminal, fetched);
  } else for (const { path } of fetched) terminal.print(`${printable(path)}\n`);
  return EXIT.ok;
}

if (process.argv[1] === import.meta.filename) await runProgram(pilogs, process.argv.slice(2));
