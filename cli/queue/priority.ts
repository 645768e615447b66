/** `piqueue --priority`: what the priority of waiting jobs is made of, as Slurm's sprio. */
import { pibatch } from '../../proto/codec.ts';
import type { Arguments } from '../command.ts';
import { EXIT } from '../failure.ts';
import { type Column, formatTable } from '../format/table.ts';
import { printJson } from '../json.ts';
import type { Session } from '../session.ts';
import type { Terminal } from '../terminal.ts';

type Row = ReturnType<typeof plainRow>;

/** Resolves to the exit code. */
export async function showPriorities(
  session: Session,
  asked: {
    readonly args: Arguments;
    readonly ids: readonly number[];
    readonly users: readonly string[];
  },
  terminal: Terminal,
): Promise<number> {
  const { args, ids, users } = asked;
  const list = await session.ask(
    'priorities',
    [pibatch.ListPriorities, { ids: [...ids], users: [...users] }],
    pibatch.PriorityList,
  );
  const rows = list.jobs.map(plainRow);
  if (args.flag('json')) {
    printJson(terminal, rows);
    return EXIT.ok;
  }
  const header = !args.flag('no-header');
  terminal.print(formatTable(COLUMNS, rows, { cells: terminal.cells, header, gap: '  ' }));
  if (list.more > 0) terminal.tell(`piqueue: and ${list.more} more behind them`);
  if (!list.weighed)
    terminal.tell(
      'piqueue: there are no weights, so it is first come, first served; see docs/configuration.md',
    );
  return EXIT.ok;
}

const plainRow = (row: pibatch.PriorityRow.$Properties) => ({
  job: row.job ?? 0,
  name: row.name ?? '',
  user: row.user ?? '',
  account: row.account ?? '',
  partition: row.partition ?? '',
  qos: row.qos ?? '',
  priority: row.priority ?? 0,
  terms: {
    age: row.age ?? 0,
    fairShare: row.fairShare ?? 0,
    size: row.size ?? 0,
    partition: row.partitionPoints ?? 0,
    qos: row.qosPoints ?? 0,
    nice: row.nice ?? 0,
  },
});

const right = (title: string, value: (row: Row) => number): Column<Row> => ({
  title,
  align: 'right',
  text: (row) => String(value(row)),
});

/** Sprio's. */
const COLUMNS: readonly Column<Row>[] = [
  right('JOBID', ({ job }) => job),
  { title: 'PARTITION', text: ({ partition }) => partition },
  { title: 'USER', text: ({ user }) => user },
  right('PRIORITY', ({ priority }) => priority),
  right('AGE', ({ terms }) => terms.age),
  right('FAIRSHARE', ({ terms }) => terms.fairShare),
  right('JOBSIZE', ({ terms }) => terms.size),
  right('PARTITION', ({ terms }) => terms.partition),
  right('QOS', ({ terms }) => terms.qos),
  right('NICE', ({ terms }) => terms.nice),
];
