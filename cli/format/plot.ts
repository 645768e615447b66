/**
 * A log2-log2 plot in text: curves in braille dots (two by four to a cell), points and lines as
 * characters over them; the ASCII form uses one character per cell. Deterministic, no trailing spaces.
 */

export type PlotLayer =
  | { readonly kind: 'curve'; readonly at: (x: number) => number; readonly ascii: string }
  | {
      readonly kind: 'band';
      readonly low: (x: number) => number;
      readonly high: (x: number) => number;
    }
  | {
      readonly kind: 'marks';
      readonly points: readonly { readonly x: number; readonly y: number }[];
      readonly mark: PlotMark;
    }
  | { readonly kind: 'vertical'; readonly x: number; readonly mark: PlotMark }
  | { readonly kind: 'horizontal'; readonly y: number; readonly mark: PlotMark };

/** The same sign in both alphabets. */
export type PlotMark = { readonly unicode: string; readonly ascii: string };

export const MEASURED: PlotMark = { unicode: '●', ascii: 'o' };
export const BAND: PlotMark = { unicode: '░', ascii: ':' };
export const IDEAL: PlotMark = { unicode: '╱', ascii: '/' };
export const CEILING: PlotMark = { unicode: '┄', ascii: '-' };
export const KNEE: PlotMark = { unicode: '│', ascii: '|' };
export const PEAK: PlotMark = { unicode: '▼', ascii: 'v' };

export type PlotFrame = {
  /** Cells of the drawing, without axis and labels. */
  readonly columns: number;
  readonly lines: number;
  readonly x: { readonly from: number; readonly to: number };
  readonly y: { readonly from: number; readonly to: number };
  readonly ascii: boolean;
};

/** Later layers lie over earlier ones; the axes carry the powers of two. */
export function plotLog2(frame: PlotFrame, layers: readonly PlotLayer[]): string {
  const cells = Array.from({ length: frame.lines }, () =>
    Array.from({ length: frame.columns }, () => ' '),
  );
  for (const layer of layers) draw(frame, cells, layer);
  const labels = yLabels(frame);
  const margin = Math.max(...labels.map((label) => label.length));
  const body = cells.map((line, index) => {
    const label = labels[index] ?? '';
    const edge = frame.ascii ? (label ? '+' : '|') : label ? '┤' : '│';
    return `${label.padStart(margin)}${edge}${line.join('')}`.trimEnd();
  });
  return [...body, ...xAxis(frame, margin)].map((line) => `${line}\n`).join('');
}

function draw(frame: PlotFrame, cells: string[][], layer: PlotLayer): void {
  if (layer.kind === 'curve') drawCurve(frame, cells, layer);
  else if (layer.kind === 'band') drawBand(frame, cells, layer);
  else if (layer.kind === 'vertical') {
    const column = columnOf(frame, layer.x);
    for (let line = 0; line < frame.lines; line++) put(frame, cells, { column, line }, layer.mark);
  } else if (layer.kind === 'horizontal') {
    const line = lineOf(frame, layer.y);
    for (let column = 0; column < frame.columns; column++) {
      put(frame, cells, { column, line }, layer.mark);
    }
  } else {
    for (const { x, y } of layer.points) {
      put(frame, cells, { column: columnOf(frame, x), line: lineOf(frame, y) }, layer.mark);
    }
  }
}

type Cell = { readonly column: number; readonly line: number };

function put(frame: PlotFrame, cells: string[][], { column, line }: Cell, mark: PlotMark): void {
  const row = cells[line];
  if (row && column >= 0 && column < frame.columns) {
    row[column] = frame.ascii ? mark.ascii : mark.unicode;
  }
}

/** 0 at the left or bottom edge, 1 at the other; NaN for what a logarithm cannot place. */
function fraction(value: number, range: { readonly from: number; readonly to: number }): number {
  const span = Math.log2(range.to) - Math.log2(range.from);
  return (Math.log2(value) - Math.log2(range.from)) / span;
}

function columnOf(frame: PlotFrame, x: number): number {
  return Math.round(fraction(x, frame.x) * (frame.columns - 1));
}

function lineOf(frame: PlotFrame, y: number): number {
  return Math.round((1 - fraction(y, frame.y)) * (frame.lines - 1));
}

function xAt(frame: PlotFrame, share: number): number {
  return frame.x.from * (frame.x.to / frame.x.from) ** share;
}

/** Bits of a braille cell by [column][row from the top] (Unicode 2800). */
const BRAILLE_BITS = [
  [0x01, 0x02, 0x04, 0x40],
  [0x08, 0x10, 0x20, 0x80],
] as const;

function drawCurve(
  frame: PlotFrame,
  cells: string[][],
  layer: { readonly at: (x: number) => number; readonly ascii: string },
): void {
  const wide = frame.ascii ? 1 : 2;
  const high = frame.ascii ? 1 : 4;
  for (let dot = 0; dot < frame.columns * wide; dot++) {
    const x = xAt(frame, dot / (frame.columns * wide - 1));
    const fromTop = (1 - fraction(layer.at(x), frame.y)) * (frame.lines * high - 1);
    if (!(fromTop >= -0.5 && fromTop < frame.lines * high - 0.5)) continue;
    const row = Math.round(fromTop);
    const line = cells[Math.floor(row / high)];
    const column = Math.floor(dot / wide);
    if (!line) continue;
    if (frame.ascii) line[column] = layer.ascii;
    else {
      const old = (line[column] ?? ' ').codePointAt(0) ?? 0;
      const bits = old >= 0x2800 && old <= 0x28ff ? old : 0x2800;
      line[column] = String.fromCodePoint(bits | (BRAILLE_BITS[dot % 2 ? 1 : 0][row % 4] ?? 0));
    }
  }
}

function drawBand(
  frame: PlotFrame,
  cells: string[][],
  layer: { readonly low: (x: number) => number; readonly high: (x: number) => number },
): void {
  for (let column = 0; column < frame.columns; column++) {
    const x = xAt(frame, column / (frame.columns - 1));
    const top = lineOf(frame, layer.high(x));
    const bottom = lineOf(frame, layer.low(x));
    for (let line = Math.max(0, top); line <= Math.min(frame.lines - 1, bottom); line++) {
      put(frame, cells, { column, line }, BAND);
    }
  }
}

function powersOfTwo(range: { readonly from: number; readonly to: number }): number[] {
  const powers: number[] = [];
  const last = Math.floor(Math.log2(range.to) + 1e-9);
  for (let power = Math.ceil(Math.log2(range.from) - 1e-9); power <= last; power++) {
    powers.push(2 ** power);
  }
  return powers;
}

/** Beyond a million, and below one, the exponent says more than the digits. */
function powerName(value: number): string {
  return value > 1_000_000 || value < 1 ? `2^${Math.round(Math.log2(value))}` : String(value);
}

function yLabels(frame: PlotFrame): string[] {
  const labels = Array.from({ length: frame.lines }, () => '');
  for (const value of powersOfTwo(frame.y)) {
    const line = lineOf(frame, value);
    if (line >= 0 && line < frame.lines && labels[line] === '') labels[line] = powerName(value);
  }
  return labels;
}

function xAxis(frame: PlotFrame, margin: number): string[] {
  const axis = Array.from({ length: frame.columns }, (): string => (frame.ascii ? '-' : '─'));
  let names = '';
  for (const value of powersOfTwo(frame.x)) {
    const column = columnOf(frame, value);
    axis[column] = frame.ascii ? '+' : '┬';
    const text = powerName(value);
    const start = Math.max(0, column - Math.floor((text.length - 1) / 2));
    if (start > names.length || names === '') names = names.padEnd(start) + text;
  }
  const corner = frame.ascii ? '+' : '└';
  return [`${' '.repeat(margin)}${corner}${axis.join('')}`, `${' '.repeat(margin + 1)}${names}`];
}
