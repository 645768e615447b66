/**
 * Text tables. A table that fits the terminal first shortens the columns that allow it, then drops
 * columns, the highest `drop` first; parsable tables (`-p`, `-P` of Slurm) are never cut.
 */
import { type Align, cutToWidth, displayWidth, padToWidth, printable } from './displayWidth.ts';

export type Column<Row> = {
  readonly title: string;
  readonly text: (row: Row) => string;
  readonly align?: Align;
  /** Slurm's fixed field width: padded and cut to exactly this many cells. */
  readonly fixedCells?: number;
  /** The column may shrink to this many cells when the table is too wide. */
  readonly leastCells?: number;
  /** The column may go when the table is still too wide; the highest number goes first. */
  readonly drop?: number;
};

export type TableStyle = {
  /** Cells of the terminal; undefined (a pipe, --wide) leaves the table as wide as it is. */
  readonly cells?: number | undefined;
  /** False for --noheader. */
  readonly header?: boolean;
  /** A line of dashes under the header, as sacct prints. */
  readonly rule?: boolean;
  /** Between columns; one space by default. */
  readonly gap?: string;
  /** What ends a shortened cell: `+` as sacct does, or nothing as squeue does. */
  readonly cutMark?: string;
};

/** Lines, each ended by a newline; trailing spaces removed. */
export function formatTable<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  style: TableStyle,
): string {
  const gap = style.gap ?? ' ';
  const mark = style.cutMark ?? '+';
  let shown = columns.map((column) => measure(column, rows, style.header ?? true));
  if (style.cells !== undefined) shown = fit(shown, style.cells, displayWidth(gap));
  const line = (texts: readonly string[]): string =>
    texts
      .map((text, index) => cell(text, shown[index], mark))
      .join(gap)
      .trimEnd();
  const lines: string[] = [];
  if (style.header ?? true) {
    lines.push(line(shown.map(({ column }) => column.title)));
    if (style.rule) lines.push(shown.map(({ cells }) => '-'.repeat(cells)).join(gap));
  }
  rows.forEach((_, row) => {
    lines.push(line(shown.map(({ texts }) => texts[row] ?? '')));
  });
  return lines.map((text) => `${text}\n`).join('');
}

export type ParsableStyle = {
  /** `-p` ends every line with the delimiter, `-P` does not. */
  readonly trailing: boolean;
  readonly header?: boolean;
  readonly delimiter?: string;
};

export function formatParsable<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  style: ParsableStyle,
): string {
  const delimiter = style.delimiter ?? '|';
  const line = (texts: readonly string[]): string =>
    `${texts.join(delimiter)}${style.trailing ? delimiter : ''}\n`;
  const body = rows.map((row) => line(columns.map((column) => printable(column.text(row)))));
  const header = (style.header ?? true) ? [line(columns.map(({ title }) => title))] : [];
  return [...header, ...body].join('');
}

type Measured<Row> = {
  readonly column: Column<Row>;
  readonly texts: readonly string[];
  readonly cells: number;
};

function measure<Row>(column: Column<Row>, rows: readonly Row[], header: boolean): Measured<Row> {
  const texts = rows.map((row) => printable(column.text(row)));
  if (column.fixedCells !== undefined) return { column, texts, cells: column.fixedCells };
  let cells = header ? displayWidth(column.title) : 0;
  for (const text of texts) cells = Math.max(cells, displayWidth(text));
  return { column, texts, cells };
}

function cell<Row>(text: string, measured: Measured<Row> | undefined, mark: string): string {
  if (!measured) return '';
  const { column, cells } = measured;
  return padToWidth(cutToWidth(text, cells, mark), cells, column.align ?? 'left');
}

function fit<Row>(
  columns: readonly Measured<Row>[],
  room: number,
  gapCells: number,
): Measured<Row>[] {
  let shown = [...columns];
  const excess = (): number =>
    shown.reduce((sum, { cells }) => sum + cells, gapCells * (shown.length - 1)) - room;
  const leastPossible = (): number => shown.reduce((sum, measured) => sum + slackOf(measured), 0);
  while (excess() > leastPossible()) {
    const victim = mostDroppable(shown);
    if (!victim) break;
    shown = shown.filter((measured) => measured !== victim);
  }
  for (let over = excess(); over > 0; over = excess()) {
    const [widest, next] = shown.toSorted((a, b) => slackOf(b) - slackOf(a));
    if (!widest || slackOf(widest) === 0) break;
    const lead = slackOf(widest) - (next ? slackOf(next) : 0);
    const cells = widest.cells - Math.min(over, Math.max(1, lead));
    shown = shown.map((measured) => (measured === widest ? { ...measured, cells } : measured));
  }
  return shown;
}

function slackOf<Row>({ column, cells }: Measured<Row>): number {
  return column.leastCells === undefined ? 0 : Math.max(0, cells - column.leastCells);
}

function mostDroppable<Row>(columns: readonly Measured<Row>[]): Measured<Row> | undefined {
  return columns
    .filter(({ column }) => column.drop !== undefined)
    .sort((a, b) => (b.column.drop ?? 0) - (a.column.drop ?? 0))[0];
}
