/** `piacct`: jobs in sacct's columns. */
import type { Arguments } from '../command.ts';
import { badInput, EXIT } from '../failure.ts';
import { type Column, formatParsable, formatTable } from '../format/table.ts';
import { jobNumbers } from '../jobIds.ts';
import { type JobView, listJobs } from '../jobView.ts';
import { printJson } from '../json.ts';
import { type Session, withSession } from '../session.ts';
import type { Terminal } from '../terminal.ts';
import { attemptViews } from './attempts.ts';
import {
  BRIEF_FORMAT,
  type ChosenField,
  DEFAULT_FORMAT,
  inUnit,
  parseAccountFormat,
} from './fields.ts';
import { csvTable } from './csvTable.ts';
import { type AccountQuery, readQuery } from './query.ts';
import { accountJson, type AccountRow, accountRows } from './rows.ts';
import { powerInForce, powerOptions } from './power.ts';
import { unknownName } from './unknown.ts';

/** Resolves to the exit code. */
export async function listAccounts(args: Arguments, terminal: Terminal): Promise<number> {
  const nowMs = Date.now();
  const query = readQuery(args, nowMs);
  const brief = args.flag('brief') ? BRIEF_FORMAT : DEFAULT_FORMAT;
  const format = parseAccountFormat(args.text('format') ?? process.env['SACCT_FORMAT'] ?? brief);
  if (!format.ok) throw badInput(`--format: ${format.message}; --helpformat lists the fields`);
  const { views, power } = await withSession('piacct', async (session) => {
    const found = await findJobs(session, query);
    const unknown = found.length === 0 ? await unknownName(session, query) : undefined;
    if (unknown) throw unknown;
    if (found.length === 0 && query.states.length > 0 && query.sinceMs === query.untilMs)
      terminal.tell('piacct: with -s, as sacct, only this moment; -S now-7days -E now looks back');
    return { views: found, power: powerOptions(await powerInForce(session)) };
  });
  if (args.flag('json')) {
    printJson(
      terminal,
      views.map((view) => accountJson(view, nowMs, power)),
    );
    return EXIT.ok;
  }
  const unit = readUnit(args);
  const fields = unit ? format.value.map((field) => inUnit(field, unit)) : format.value;
  const attempts = args.flag('duplicates') ? views.flatMap(attemptViews) : views;
  const rows = accountRows(attempts, { steps: !args.flag('allocations'), nowMs, power });
  if (args.flag('csv')) {
    const columns = fields.map(({ title, text }) => [title, text] as const);
    terminal.print(csvTable(columns, rows));
    return EXIT.ok;
  }
  terminal.print(render(fields, rows, args, terminal));
  return EXIT.ok;
}

const UNITS = ['K', 'M', 'G', 'T'] as const;

/** Undefined: each field in its own. Errors: CommandFailure. */
function readUnit(args: Arguments): (typeof UNITS)[number] | undefined {
  const text = args.text('units');
  if (text === undefined || args.flag('noconvert')) return undefined;
  const unit = UNITS.find((known) => known === text.toUpperCase());
  if (unit) return unit;
  throw badInput(`--units: unknown unit '${text}'; known: ${UNITS.join(', ')}`);
}

export async function findJobs(session: Session, query: AccountQuery): Promise<JobView[]> {
  const { references, users, names, accounts } = query;
  const own = !query.allUsers && users.length === 0 && references.length === 0;
  const single = (words: readonly string[]): string => (words.length === 1 ? (words[0] ?? '') : '');
  const rows = await listJobs(session, {
    ids: jobNumbers(references),
    user: own ? session.user : single(users),
    name: single(names),
    account: single(accounts),
    states: [...query.states],
    finished: true,
    sinceMs: query.sinceMs ?? null,
    untilMs: query.untilMs ?? null,
  });
  return rows.filter((view) => isWanted(view, query));
}

function isWanted(view: JobView, query: AccountQuery): boolean {
  const among = (wanted: readonly string[], value: string): boolean =>
    wanted.length === 0 || wanted.includes(value);
  const { references, nodes } = query;
  const asked = references.some(
    ({ job, task }) =>
      (job === view.job || job === view.arrayJob) &&
      (task === undefined || task === view.arrayTask),
  );
  return (
    (references.length === 0 || asked) &&
    (nodes.length === 0 || view.nodes.some((node) => nodes.includes(node))) &&
    among(query.users, view.user) &&
    among(query.names, view.name) &&
    among(query.accounts, view.account) &&
    among(query.partitions, view.partition) &&
    among(query.states, view.state) &&
    !endedLater(view, query)
  );
}

/** In one of the states that are asked for, but only after the window. */
const endedLater = ({ endedMs }: JobView, { states, untilMs }: AccountQuery): boolean =>
  states.length > 0 && endedMs !== undefined && untilMs !== undefined && endedMs > untilMs;

function render(
  fields: readonly ChosenField[],
  rows: readonly AccountRow[],
  args: Arguments,
  terminal: Terminal,
): string {
  const header = !args.flag('no-header');
  const trailing = args.flag('parsable') ?? false;
  if (trailing || args.flag('parsable2')) {
    const delimiter = args.text('delimiter') ?? '|';
    return formatParsable(fields.map(plainColumn), rows, { trailing, header, delimiter });
  }
  const columns = fields.map((field) =>
    terminal.cells === undefined ? fixed(field) : fitting(field),
  );
  return formatTable(columns, rows, { cells: terminal.cells, header, rule: true });
}

const plainColumn = ({ title, text, align }: ChosenField): Column<AccountRow> => ({
  title,
  text,
  align,
});
/** In a pipe exactly as sacct has it. */
const fixed = (field: ChosenField): Column<AccountRow> => ({
  ...plainColumn(field),
  fixedCells: field.width,
});
/** On a terminal whole values where there is room, sacct's widths where there is not. */
const fitting = (field: ChosenField): Column<AccountRow> =>
  field.given ? fixed(field) : { ...plainColumn(field), leastCells: Math.min(field.width, 10) };
