/** `piacct efficiency --name NAME`: one line per job, as reportseff, with what is wrong in a word. */
import { attemptEfficiency, type AttemptEfficiency } from '../../accounting/efficiency.ts';
import type { Arguments } from '../command.ts';
import { badInput, EXIT } from '../failure.ts';
import { formatElapsed } from '../format/duration.ts';
import { isFinal } from '../format/state.ts';
import { type Column, formatTable } from '../format/table.ts';
import { jobLabel, type JobView } from '../jobView.ts';
import { printJson } from '../json.ts';
import { withSession } from '../session.ts';
import type { Terminal } from '../terminal.ts';
import { csvTable } from './csvTable.ts';
import { percent } from './efficiencyReport.ts';
import { findJobs } from './list.ts';
import { readQuery } from './query.ts';
import { unknownName } from './unknown.ts';
import { attemptUsage } from './usage.ts';

type Row = { readonly view: JobView; readonly efficiency: AttemptEfficiency };

/** Of the jobs that piacct would list and that ended. Resolves to the exit code. */
export async function showEfficiencies(args: Arguments, terminal: Terminal): Promise<number> {
  const nowMs = Date.now();
  const query = readQuery(args, nowMs);
  const views = await withSession('piacct', async (session) => {
    const found = await findJobs(session, query);
    const unknown = found.length === 0 ? await unknownName(session, query) : undefined;
    if (unknown) throw unknown;
    return found;
  });
  const rows = views
    .filter(({ state, startedMs }) => isFinal(state) && startedMs !== undefined)
    .map((view) => ({ view, efficiency: attemptEfficiency(attemptUsage(view)) }));
  if (rows.length === 0) {
    throw badInput(
      `no finished job is named '${args.text('name') ?? ''}' in this window; -S now-30days looks back further`,
    );
  }
  if (args.flag('json')) {
    printJson(
      terminal,
      rows.map(({ view, efficiency }) => ({
        job: view.job,
        label: jobLabel(view),
        state: view.state,
        ...efficiency,
      })),
    );
  } else if (args.flag('csv')) terminal.print(csvTable(CSV, rows));
  else
    terminal.print(formatTable(COLUMNS, rows, { cells: terminal.cells, header: true, rule: true }));
  return EXIT.ok;
}

const share = (measured: { readonly efficiency: number } | undefined): string =>
  measured === undefined ? 'no data' : percent(measured.efficiency);

const column = (
  title: string,
  text: (row: Row) => string,
  align: 'left' | 'right' = 'right',
): Column<Row> => ({ title, text, align });

const COLUMNS: readonly Column<Row>[] = [
  column('JobID', ({ view }) => jobLabel(view), 'left'),
  column('State', ({ view }) => view.state, 'left'),
  column('Ranks', ({ view }) => String(view.ranks)),
  column('Elapsed', ({ efficiency }) => formatElapsed(efficiency.elapsedMs ?? 0)),
  column('CPUEff', ({ efficiency }) => share(efficiency.cpu)),
  column('MemEff', ({ efficiency }) => share(efficiency.memory)),
  column('TimeEff', ({ efficiency }) => share(efficiency.wall)),
  column('Blocked', ({ efficiency }) => share(efficiency.blocked)),
  column(
    'Reasons',
    ({ efficiency }) =>
      efficiency.reasons.map(({ code }) => code.toLowerCase().replaceAll('_', ' ')).join(', '),
    'left',
  ),
];

const CSV = COLUMNS.map(({ title, text }) => [title, text] as const);
