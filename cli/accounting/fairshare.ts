/**
 * `piacct fairshare`: who used how much of his share lately, as Slurm's `sshare`: what the scheduler
 * weighs jobs by. Usage is that of attempts which have ended, forgotten with the half-life of cluster.yaml.
 */
import { FACTOR_SCALE, type FairShareRow } from '../../accounting/fairshare.ts';
import { pibatch } from '../../proto/codec.ts';
import type { Arguments } from '../command.ts';
import { badInput, EXIT } from '../failure.ts';
import { didYouMean } from '../format/nearest.ts';
import { type Column, formatTable } from '../format/table.ts';
import { printJson } from '../json.ts';
import { withSession } from '../session.ts';
import type { Terminal } from '../terminal.ts';
import { csvTable } from './csvTable.ts';
import { list } from './query.ts';

/** Resolves to the exit code. */
export async function showFairShare(args: Arguments, terminal: Terminal): Promise<number> {
  const tree = await withSession('piacct', (session) =>
    session.ask('fairShare', [pibatch.GetFairShare, {}], pibatch.FairShareTree),
  );
  const all: readonly FairShareRow[] = tree.rows.map((row) => ({
    account: row.account ?? '',
    user: row.user ?? undefined,
    depth: row.depth ?? 0,
    shares: row.shares ?? 0,
    shareMillionths: row.shareMillionths ?? 0,
    usage: row.usage ?? 0,
    usageMillionths: row.usageMillionths ?? 0,
    factorMillionths: row.factorMillionths ?? undefined,
  }));
  const rows = chosen(all, {
    users: list(args.text('user')),
    accounts: list(args.text('accounts')),
  });
  if (args.flag('json')) printJson(terminal, rows);
  else if (args.flag('csv')) terminal.print(csvTable(CSV, rows));
  else {
    const style = { cells: terminal.cells, header: true, rule: true };
    terminal.print(formatTable(COLUMNS, rows, style));
  }
  return EXIT.ok;
}

/** As sshare: the accounts asked for, and of their users those asked for. Errors: CommandFailure. */
function chosen(
  rows: readonly FairShareRow[],
  { users, accounts }: { readonly users: readonly string[]; readonly accounts: readonly string[] },
): readonly FairShareRow[] {
  known('user', users, new Set(rows.flatMap(({ user }) => user ?? [])));
  known('account', accounts, new Set(rows.map(({ account }) => account)));
  const asked = (words: readonly string[], word: string): boolean =>
    words.length === 0 || words.includes(word);
  return rows.filter(
    ({ account, user }) => asked(accounts, account) && (user === undefined || asked(users, user)),
  );
}

function known(what: string, words: readonly string[], all: ReadonlySet<string>): void {
  const word = words.find((each) => !all.has(each));
  if (word === undefined) return;
  const guess = didYouMean(word, [...all]) || `; known: ${[...all].slice(0, 8).join(', ')}`;
  throw badInput(`no ${what} '${word}' has a share${guess}`);
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
