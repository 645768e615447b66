/** Reservations as `pictl reserve list` prints them. */
import { pibatch } from '../../proto/codec.ts';
import type { Arguments } from '../command.ts';
import { EXIT } from '../failure.ts';
import { formatElapsed } from '../format/duration.ts';
import { nodeList } from '../format/hostlist.ts';
import { formatMoment } from '../format/moment.ts';
import { type Column, formatTable } from '../format/table.ts';
import { printJson } from '../json.ts';
import type { Session } from '../session.ts';
import type { Terminal } from '../terminal.ts';

export type ReservationView = {
  readonly name: string;
  /** ACTIVE, INACTIVE (its window comes) or ENDED. */
  readonly state: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly durationMs: number;
  readonly nodes: readonly string[];
  readonly users: readonly string[];
  readonly accounts: readonly string[];
  /** Empty: once. */
  readonly cron: string;
  readonly timezone: string;
  readonly maintenance: boolean;
  readonly by: string;
  readonly jobs: readonly number[];
};

export async function reservationViews(session: Session): Promise<ReservationView[]> {
  const request = [pibatch.ListReservations, {}] as const;
  const { reservations } = await session.ask('reservations', request, pibatch.ReservationList);
  return reservations.map(viewOf);
}

function viewOf(row: pibatch.ReservationRow.$Properties): ReservationView {
  const startMs = row.startMs ?? 0;
  const durationMs = row.durationMs ?? 0;
  return {
    name: row.name ?? '',
    state: row.state ?? '',
    startMs,
    endMs: startMs + durationMs,
    durationMs,
    nodes: row.nodes ?? [],
    users: row.users ?? [],
    accounts: row.accounts ?? [],
    cron: row.cron ?? '',
    timezone: row.timezone ?? '',
    maintenance: row.maintenance ?? false,
    by: row.by ?? '',
    jobs: row.jobs ?? [],
  };
}

const COLUMNS: readonly Column<ReservationView>[] = [
  { title: 'RESV_NAME', text: ({ name }) => name, leastCells: 9 },
  { title: 'STATE', text: ({ state }) => state },
  { title: 'START_TIME', text: ({ startMs }) => formatMoment(startMs) },
  { title: 'END_TIME', text: ({ endMs }) => formatMoment(endMs) },
  {
    title: 'DURATION',
    align: 'right',
    text: ({ durationMs }) => formatElapsed(durationMs),
    drop: 3,
  },
  { title: 'NODELIST', text: ({ nodes }) => nodeList(nodes), leastCells: 8 },
  { title: 'FOR', text: (one) => whoText(one), leastCells: 6 },
  { title: 'REPEAT', text: ({ cron }) => cron || '-', drop: 2 },
  { title: 'JOBS', align: 'right', text: ({ jobs }) => String(jobs.length), drop: 1 },
];

const whoText = ({ users, accounts, maintenance }: ReservationView): string =>
  [
    ...(maintenance ? ['maintenance'] : []),
    ...users,
    ...accounts.map((account) => `account ${account}`),
  ].join(',');

export function printReservations(
  rows: readonly ReservationView[],
  args: Arguments,
  terminal: Terminal,
): number {
  if (args.flag('json')) printJson(terminal, [...rows]);
  else if (rows.length === 0) terminal.print('no reservations\n');
  else
    terminal.print(formatTable(COLUMNS, rows, { cells: terminal.cells, header: true, gap: '  ' }));
  return EXIT.ok;
}
