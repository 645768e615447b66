/** `piqueue --start --accuracy`: how right the starts that were foretold have been. */
import { pibatch } from '../../proto/codec.ts';
import type { Arguments } from '../command.ts';
import { badInput, EXIT } from '../failure.ts';
import { formatElapsed } from '../format/duration.ts';
import { type Column, formatTable } from '../format/table.ts';
import type { Terminal } from '../terminal.ts';

type Row = ReturnType<typeof plainRow>;

export async function showAccuracy(args: Arguments, terminal: Terminal): Promise<number> {
  if (!args.flag('start')) throw badInput('--accuracy goes with --start');
  const { withSession } = await import('../session.ts');
  return withSession('piqueue', async (session) => {
    const answer = await session.ask(
      'startAccuracy',
      [pibatch.GetStartAccuracy, {}],
      pibatch.StartAccuracy,
    );
    const { starts } = answer;
    const rows = [plainRow('first', answer.first), plainRow('last', answer.last)];
    if (args.flag('json')) {
      const { printJson } = await import('../json.ts');
      printJson(terminal, { starts, estimates: rows });
    } else if (starts === 0) terminal.tell('piqueue: no job that was foretold a start has started');
    else {
      const header = !args.flag('no-header');
      terminal.print(formatTable(COLUMNS, rows, { cells: terminal.cells, header, gap: '  ' }));
      terminal.tell(`piqueue: of the last ${starts} starts that were foretold`);
    }
    return EXIT.ok;
  });
}

const plainRow = (
  estimate: string,
  row: pibatch.EstimateErrors.$Properties | null | undefined,
) => ({
  estimate,
  medianErrorMs: row?.medianErrorMs ?? 0,
  p90ErrorMs: row?.p90ErrorMs ?? 0,
  withinTenth: row?.withinTenth ?? 0,
});

const right = (title: string, text: (row: Row) => string): Column<Row> => ({
  title,
  align: 'right',
  text,
});

const COLUMNS: readonly Column<Row>[] = [
  { title: 'ESTIMATE', text: ({ estimate }) => estimate },
  right('MEDIAN_ERROR', ({ medianErrorMs }) => formatElapsed(medianErrorMs)),
  right('P90_ERROR', ({ p90ErrorMs }) => formatElapsed(p90ErrorMs)),
  right('WITHIN_10%', ({ withinTenth }) => `${Math.round(withinTenth * 100)}%`),
];
