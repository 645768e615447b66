/** `piacct report --by ...`: core time, jobs, failures and waits, summed by the scheduler's database. */
import type { Arguments } from '../command.ts';
import { badInput, EXIT } from '../failure.ts';
import { formatBrief } from '../format/duration.ts';
import { didYouMean } from '../format/nearest.ts';
import { type Column, formatTable } from '../format/table.ts';
import { printJson } from '../json.ts';
import { withSession } from '../session.ts';
import type { Terminal } from '../terminal.ts';
import { csvTable } from './csvTable.ts';
import { powerInForce, powerOptions } from './power.ts';
import { list } from './query.ts';
import { unknownName } from './unknown.ts';
import { askUsage, type UsageRow } from './usageSums.ts';
import { readWindow } from './window.ts';

const KEYS = ['user', 'account', 'node', 'day', 'name', 'partition'] as const;
type Key = (typeof KEYS)[number];

const WINDOW = 'now-30days';
const DEFAULT_TOP = 20;

/** Resolves to the exit code. */
export async function showReport(args: Arguments, terminal: Terminal): Promise<number> {
  const by = readKey(args.text('by') ?? 'user');
  const top = readTop(args.text('top'));
  const window = readWindow(args, { nowMs: Date.now(), since: WINDOW });
  const report = await withSession('piacct', async (session) => {
    const power = powerOptions(await powerInForce(session));
    const query = {
      by: [by],
      sinceMs: window.sinceMs ?? null,
      untilMs: window.untilMs ?? null,
      user: args.text('user') ?? '',
      account: args.text('accounts') ?? '',
    };
    const found = await askUsage(session, query, { power, limit: by === 'day' ? Infinity : top });
    const { user, account } = query;
    const named = { users: list(user), accounts: list(account) };
    const unknown = found.groups === 0 ? await unknownName(session, named) : undefined;
    if (unknown) throw unknown;
    return found;
  });
  const rows =
    by === 'day' ? [...report.rows].sort((a, b) => (a.key < b.key ? -1 : 1)) : report.rows;
  if (args.flag('json')) {
    printJson(terminal, { by, ...window, ...report, rows });
    return EXIT.ok;
  }
  const columns = columnsOf(by, report.total);
  if (args.flag('csv')) {
    terminal.print(csvTable(csvColumns(by), rows));
    return EXIT.ok;
  }
  const shown = rows.length > 1 ? [...rows, report.total] : rows;
  terminal.print(formatTable(columns, shown, { cells: terminal.cells, header: true, rule: true }));
  if (report.groups > rows.length)
    terminal.tell(`piacct: ${report.groups - rows.length} more; --top ${report.groups} shows all`);
  return EXIT.ok;
}

function readKey(text: string): Key {
  const key = KEYS.find((known) => known === text);
  if (key) return key;
  const guess = didYouMean(text, KEYS) || `; known: ${KEYS.join(', ')}`;
  throw badInput(`--by: unknown '${text}'${guess}`);
}

function readTop(text: string | undefined): number {
  const top = Number(text ?? DEFAULT_TOP);
  if (Number.isInteger(top) && top > 0 && top <= 1_000) return top;
  throw badInput(`--top: not a number of rows from 1 to 1000: '${text}'`);
}

/** A plus where parts are left out. */
const energyText = ({ energy }: UsageRow): string =>
  energy ? `${(energy.joules / 3_600).toFixed(2)}${energy.unmeasuredParts > 0 ? '+' : ''}` : '-';
const hours = (coreMs: number): string => (coreMs / 3_600_000).toFixed(3);
const waitText = (waitMs: number | undefined): string =>
  waitMs === undefined ? 'no data' : waitMs === 0 ? '0s' : formatBrief(waitMs);

function columnsOf(by: Key, total: UsageRow): readonly Column<UsageRow>[] {
  const right = (title: string, text: (row: UsageRow) => string): Column<UsageRow> => ({
    title,
    text,
    align: 'right',
  });
  return [
    { title: by.toUpperCase(), text: ({ key }) => key, align: 'left' },
    right('JOBS', ({ jobs }) => String(jobs)),
    right('FAILED', ({ failed }) => String(failed)),
    right('CORE-HOURS', ({ coreMs }) => hours(coreMs)),
    right('SHARE', ({ coreMs }) =>
      total.coreMs === 0 ? '-' : `${((100 * coreMs) / total.coreMs).toFixed(1)}%`,
    ),
    right('MEAN WAIT', ({ meanWaitMs }) => waitText(meanWaitMs)),
    right('LONGEST WAIT', ({ longestWaitMs }) => waitText(longestWaitMs)),
    ...(total.energy ? [right(`WH (${total.energy.how})`, energyText)] : []),
  ];
}

const csvColumns = (by: Key): readonly (readonly [string, (row: UsageRow) => string])[] => [
  [by, ({ key }) => key],
  ['jobs', ({ jobs }) => String(jobs)],
  ['failed', ({ failed }) => String(failed)],
  ['coreHours', ({ coreMs }) => String(coreMs / 3_600_000)],
  ['meanWaitSeconds', ({ meanWaitMs }) => (meanWaitMs === undefined ? '' : `${meanWaitMs / 1000}`)],
  ['longestWaitSeconds', ({ longestWaitMs }) => String(longestWaitMs / 1000)],
  ['wattHours', ({ energy }) => (energy ? String(energy.joules / 3_600) : '')],
  ['energyFrom', ({ energy }) => energy?.how ?? ''],
  ['partsWithoutEnergy', ({ energy }) => String(energy?.unmeasuredParts ?? '')],
];
