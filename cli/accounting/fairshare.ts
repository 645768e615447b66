/**
 * `piacct fairshare`: who used how much of his share lately, as Slurm's `sshare`: what the scheduler
 * weighs jobs by. Usage is that of attempts which have ended, forgotten with the half-life of cluster.yaml.
 */
import { FACTOR_SCALE, type FairShareRow } from '../../accounting/fairshare.ts';
import { pibatch } from '../../proto/codec.ts';
import type { Arguments } from '../command.ts';
import { EXIT } from '../failure.ts';
import { type Column, formatTable } from '../format/table.ts';
import { printJson } from '../json.ts';
import { withSession } from '../session.ts';
import type { Terminal } from '../terminal.ts';
import { csvTable } from './csvTable.ts';

/** Resolves to the exit code. */
export async function showFairShare(args: Arguments, terminal: Terminal): Promise<number> {
  const tree = await withSession('piacct', (session) =>
    session.ask('fairShare', [pibatch.GetFairShare, {}], pibatch.FairShareTree),
  );
  const rows: readonly FairShareRow[] = tree.rows.map((row) => ({
    account: row.account ?? '',
    user: row.user ?? undefined,
    depth: row.depth ?? 0,
    shares: row.shares ?? 0,
    shareMillionths: row.shareMillionths ?? 0,
    usage: row.usage ?? 0,
    usageMillionths: row.usageMillionths ?? 0,
    factorMillionths: row.factorMillionths ?? undefined,
  }));
  if (args.flag('json')) printJson(terminal, rows);
  else if (args.flag('csv')) terminal.print(csvTable(CSV, rows));
  else {
    const style = { cells: terminal.cells, header: true, rule: true };
    terminal.print(formatTable(COLUMNS, rows, style));
  }
  return EXIT.ok;
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
