/**
 * CSV text to cells with their places (RFC 4180: quotes, doubled quotes, line ends inside quotes). The
 * separator is the comma, semicolon or tab that the header uses most. Blank and `#` lines are skipped.
 */
import type { ReadFault } from './readFault.ts';

export type CsvCell = { readonly text: string; readonly column: number };
export type CsvRow = { readonly line: number; readonly cells: readonly CsvCell[] };
export type CsvTable =
  | { readonly ok: true; readonly rows: readonly CsvRow[] }
  | { readonly ok: false; readonly fault: ReadFault };

export function parseCsv(text: string, options: { readonly mostRows: number }): CsvTable {
  const source = text.replace(/^\uFEFF/, '');
  const separator = separatorOf(source);
  const rows: CsvRow[] = [];
  let at = 0;
  let line = 1;
  while (at < source.length) {
    const end = endOfLine(source, at);
    const raw = source.slice(at, end);
    if (raw.trim() === '' || raw.startsWith('#')) {
      at = end + 1;
      line++;
      continue;
    }
    const read = readRow(source, at, { separator, line });
    if ('fault' in read) return { ok: false, fault: read.fault };
    rows.push({ line, cells: read.cells });
    line += source.slice(at, read.next).split('\n').length - 1;
    if (read.next >= source.length) break;
    at = read.next;
    if (rows.length > options.mostRows) {
      const message = `more than ${options.mostRows} rows; take a sample, or one group at a time`;
      return { ok: false, fault: { line, column: 1, message } };
    }
  }
  return { ok: true, rows };
}

function endOfLine(source: string, from: number): number {
  const found = source.indexOf('\n', from);
  return found < 0 ? source.length : found;
}

function separatorOf(source: string): string {
  const lines = source.split('\n', 50);
  const header = lines.find((line) => line.trim() !== '' && !line.startsWith('#')) ?? '';
  const count = (sign: string): number => header.split(sign).length;
  return [',', ';', '\t'].reduce((best, sign) => (count(sign) > count(best) ? sign : best));
}

type ReadRow =
  | { readonly cells: readonly CsvCell[]; readonly next: number }
  | { readonly fault: ReadFault };

function readRow(
  source: string,
  start: number,
  options: { readonly separator: string; readonly line: number },
): ReadRow {
  const { separator, line } = options;
  const cells: CsvCell[] = [];
  let at = start;
  for (;;) {
    const column = at - start + 1;
    let text: string;
    if (source[at] === '"') {
      const quoted = readQuoted(source, at);
      if (!quoted) return { fault: { line, column, message: 'a quote that is never closed' } };
      ({ text, next: at } = quoted);
      const after = source[at] ?? '\n';
      if (after !== separator && after !== '\n' && after !== '\r') {
        const place = { line, column: at - start + 1 };
        return { fault: { ...place, message: 'text after a closing quote' } };
      }
    } else {
      const from = at;
      while (at < source.length && source[at] !== separator && source[at] !== '\n') at++;
      text = source.slice(from, at).trim();
    }
    cells.push({ text, column });
    if (source[at] === '\r') at++;
    if (source[at] !== separator) return { cells, next: at + 1 };
    at++;
  }
}

function readQuoted(
  source: string,
  start: number,
): { readonly text: string; readonly next: number } | undefined {
  let text = '';
  let at = start + 1;
  for (;;) {
    const close = source.indexOf('"', at);
    if (close < 0) return undefined;
    text += source.slice(at, close);
    if (source[close + 1] !== '"') return { text, next: close + 1 };
    text += '"';
    at = close + 2;
  }
}
