/** Rows as CSV (RFC 4180), with a header line. */
export function csvTable<Row>(
  columns: readonly (readonly [title: string, text: (row: Row) => string])[],
  rows: readonly Row[],
): string {
  const line = (cells: readonly string[]): string => `${cells.map(quoted).join(',')}\n`;
  const header = line(columns.map(([title]) => title));
  return header + rows.map((row) => line(columns.map(([, text]) => text(row)))).join('');
}

const quoted = (cell: string): string =>
  /[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
