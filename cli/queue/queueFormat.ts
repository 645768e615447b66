/**
 * squeue's format strings: `%[.][width]letter` with text between. A dot pads on the left. Text that
 * is too long for its width is cut, as squeue does; the last field has the rest of the line.
 */
import { cutToWidth, displayWidth, padToWidth, printable } from '../format/displayWidth.ts';
import { notParsed, type Parsed, parsed } from '../format/parsed.ts';
import { tintOfState } from '../format/state.ts';
import type { JobView } from '../jobView.ts';
import type { Terminal } from '../terminal.ts';
import { longReason, queueField, type QueueField } from './fields.ts';

export type FormatPiece =
  | { readonly kind: 'text'; readonly text: string }
  | {
      readonly kind: 'field';
      readonly field: QueueField;
      readonly letter: string;
      /** Undefined: as wide as it is. */
      readonly width: number | undefined;
      readonly align: 'left' | 'right';
    };

export const DEFAULT_FORMAT = '%.18i %.9P %.8j %.8u %.2t %.10M %.6D %R';
export const START_FORMAT = '%.18i %.9P %.8j %.8u %.2t %.19S %.6D %20Y %R';
export const LONG_FORMAT = '%.18i %.9P %.8j %.8u %.8T %.10M %.9l %.6D %R';

export function parseQueueFormat(text: string): Parsed<readonly FormatPiece[]> {
  const pieces: FormatPiece[] = [];
  let at = 0;
  while (at < text.length) {
    const found = /%(?:%|(\.?)(\d{0,3})([a-zA-Z]))/y;
    found.lastIndex = at;
    const match = found.exec(text);
    const percent = text.indexOf('%', at);
    if (percent !== at || match?.[0] === '%%') {
      const end = match ? at + 2 : percent < 0 ? text.length : percent;
      pieces.push({ kind: 'text', text: match ? '%' : text.slice(at, end) });
      at = end;
      continue;
    }
    if (!match) return notParsed('not of the form %[.][width]letter', text, at);
    const [whole, dot, width, letter = ''] = match;
    const field = queueField(letter);
    if (!field) return notParsed(`unknown field '%${letter}'`, text, at);
    pieces.push({
      kind: 'field',
      field,
      letter,
      width: width ? Number(width) : undefined,
      align: dot ? 'right' : 'left',
    });
    at += whole.length;
  }
  return parsed(pieces);
}

export type QueuePage = {
  readonly pieces: readonly FormatPiece[];
  readonly rows: readonly JobView[];
  readonly header: boolean;
  readonly nowMs: number;
};

export function renderQueue(page: QueuePage, terminal: Pick<Terminal, 'cells' | 'tint'>): string {
  const lines = page.rows.map((view) =>
    line(page.pieces, terminal, (piece) => ({
      text: printable(piece.field.text(view, page.nowMs)),
      tint: (text) =>
        piece.letter === 't' || piece.letter === 'T'
          ? terminal.tint(tintOfState(view.state), text)
          : text,
    })),
  );
  if (page.header) {
    const plain = (text: string): string => text;
    lines.unshift(line(page.pieces, terminal, ({ field }) => ({ text: field.title, tint: plain })));
  }
  return lines.map((text) => `${text}\n`).join('');
}

type Cell = { readonly text: string; readonly tint: (text: string) => string };
type FieldPiece = Extract<FormatPiece, { kind: 'field' }>;

function line(
  pieces: readonly FormatPiece[],
  { cells }: Pick<Terminal, 'cells'>,
  cellOf: (piece: FieldPiece) => Cell,
): string {
  let shown = '';
  let used = 0;
  for (const piece of pieces) {
    const cell = piece.kind === 'text' ? undefined : cellOf(piece);
    let text = cell?.text ?? (piece.kind === 'text' ? piece.text : '');
    if (piece.kind === 'field' && piece.width !== undefined) {
      text = padToWidth(cutToWidth(text, piece.width, ''), piece.width, piece.align);
    }
    if (cells !== undefined) text = cutToWidth(text, Math.max(0, cells - used), '');
    used += displayWidth(text);
    shown += cell ? cell.tint(text) : text;
  }
  return shown.trimEnd();
}

/** Fields that gain most from a wide terminal. */
const WIDENED = ['j', 'u', 'P', 'T', 'l'];
const LEAST_LAST_CELLS = 16;

/**
 * The standard formats on a terminal: columns give up padding that is missing elsewhere, the
 * first one first, and names are shown whole where there is room.
 */
export function fitted(
  pieces: readonly FormatPiece[],
  { rows, nowMs }: Pick<QueuePage, 'rows' | 'nowMs'>,
  cells: number | undefined,
): readonly FormatPiece[] {
  if (cells === undefined) return pieces;
  const widest = (field: QueueField): number =>
    Math.max(
      displayWidth(field.title),
      ...rows.map((view) => displayWidth(field.text(view, nowMs))),
    );
  const last = pieces.at(-1);
  const lastCells = last?.kind === 'field' ? Math.max(LEAST_LAST_CELLS, widest(last.field)) : 0;
  let room = cells - lastCells - pieces.reduce((sum, piece) => sum + widthOf(piece), 0);
  const narrowed = pieces.map((piece) => {
    if (piece.kind === 'text' || piece.width === undefined) return piece;
    const less = Math.min(Math.max(0, -room), Math.max(0, piece.width - widest(piece.field)));
    room += less;
    return { ...piece, width: piece.width - less };
  });
  return narrowed.map((piece) => {
    if (piece.kind === 'text' || piece.width === undefined) return piece;
    if (!WIDENED.includes(piece.letter)) return piece;
    const more = Math.max(0, Math.min(room, widest(piece.field) - piece.width));
    room -= more;
    return { ...piece, width: piece.width + more };
  });
}

const widthOf = (piece: FormatPiece): number =>
  piece.kind === 'text' ? displayWidth(piece.text) : (piece.width ?? 0);

/** The long format says reasons with their numbers. */
export const withLongReasons = (pieces: readonly FormatPiece[]): readonly FormatPiece[] =>
  pieces.map((piece) =>
    piece.kind === 'field' && piece.letter === 'R' ? { ...piece, field: longReason } : piece,
  );
