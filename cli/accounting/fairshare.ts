/**
 * `piacct fairshare`: who used how much of his share lately, as Slurm's `sshare`. Shares are equal; usage
 * is that of finished jobs, forgotten with a half-life of seven days.
 */
import {
  type Association,
  FACTOR_SCALE,
  type FairShareRow,
  fairShareRows,
} from '../../accounting/fairshare.ts';
import { decayUsage } from '../../accounting/fairshareDecay.ts';
import type { Arguments } from '../command.ts';
import { EXIT } from '../failure.ts';
import { type Column, formatTable } from '../format/table.ts';
import { printJson } from '../json.ts';
import { withSession } from '../session.ts';
import type { Terminal } from '../terminal.ts';
import { csvTable } from './csvTable.ts';
import { askUsage, type UsageRow } from './report.ts';

const DAY_MS = 86_400_000;
const HALF_LIFE_MS = 7 * DAY_MS;
/** What is older counts less than 1/16. */
const WINDOW_MS = 4 * HALF_LIFE_MS;

/** Resolves to the exit code. */
export async function showFairShare(args: Arguments, terminal: Terminal): Promise<number> {
  const nowMs = Date.now();
  const report = await withSession('piacct', (session) =>
    askUsage(session, { by: ['account', 'user', 'day'], sinceMs: nowMs - WINDOW_MS }),
  );
  if (report.groups > report.rows.length) {
    terminal.tell(
      `piacct: only the ${report.rows.length} largest of ${report.groups} daily sums are counted`,
    );
  }
  const rows = fairShareRows(associations(report.rows, nowMs));
  if (args.flag('json')) printJson(terminal, rows);
  else if (args.flag('csv')) terminal.print(csvTable(CSV, rows));
  else {
    const style = { cells: terminal.cells, header: true, rule: true };
    terminal.print(formatTable(COLUMNS, rows, style));
  }
  return EXIT.ok;
}

/** A day's usage counts from its noon. */
export function associations(rows: readonly UsageRow[], nowMs: number): readonly Association[] {
  const accounts = new Map<string, Map<string, number>>();
  for (const { key, coreMs } of rows) {
    const [account = '', user = '', day = ''] = key.split('\t');
    const noonMs = Date.parse(`${day}T12:00:00`);
    const elapsedMs = Math.max(0, Math.floor(nowMs - noonMs));
    const users = accounts.get(account) ?? new Map<string, number>();
    const usage = decayUsage(coreMs, { elapsedMs, halfLifeMs: HALF_LIFE_MS });
    users.set(user, (users.get(user) ?? 0) + usage);
    accounts.set(account, users);
  }
  const sorted = <T>(map: ReadonlyMap<string, T>): (readonly [string, T])[] =>
    [...map].sort(([a], [b]) => (a < b ? -1 : 1));
  return sorted(accounts).map(([name, users]) => ({
    kind: 'account',
    name,
    shares: 1,
    members: sorted(users).map(([user, usage]) => ({
      kind: 'user',
      name: user,
      shares: 1,
      usage,
    })),
  }));
}

const part = (millionths: number | undefined): string =>
  millionths === undefined ? '' : (millionths / FACTOR_SCALE).toFixed(6);

const right = (title: string, text: (row: FairShareRow) => string): Column<FairShareRow> => ({
  title,
  text,
  align: 'right',
});

const COLUMNS: readonly Column<FairShareRow>[] = [
  {
    title: 'Account',
    text: ({ account, depth }) => `${' '.repeat(depth)}${account}`,
    align: 'left',
  },
  { title: 'User', text: ({ user }) => user ?? '', align: 'left' },
  right('RawShares', ({ shares }) => String(shares)),
  right('NormShares', ({ shareMillionths }) => part(shareMillionths)),
  right('RawUsage', ({ usage }) => String(Math.round(usage / 1000))),
  right('EffectvUsage', ({ usageMillionths }) => part(usageMillionths)),
  right('FairShare', ({ factorMillionths }) => part(factorMillionths)),
];

const CSV = COLUMNS.map(({ title, text }) => [title, text] as const);
