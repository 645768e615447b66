/**
 * A square plate whose rim is kept at zero, and Jacobi's sweep: every inner cell becomes the
 * mean of its four neighbours. A strip is some rows of the plate with one halo row above and
 * one below, row after row in one Float64Array.
 */
export type Strip = {
  /** Cells in a row, the two rim cells included. */
  readonly width: number;
  /** The inner row of the plate that is row 1 of the strip; inner rows count from 1. */
  readonly firstRow: number;
  /** Without the halo rows. */
  readonly rowCount: number;
  cells: Float64Array;
  /** The target of the sweep; it trades places with `cells`. */
  spare: Float64Array;
};

/** A strip whose inner cells have the given temperatures, indexed by rows and columns of the plate. */
export function stripOf(
  place: { readonly cells: number; readonly firstRow: number; readonly rowCount: number },
  temperature: (row: number, column: number) => number,
): Strip {
  const { firstRow, rowCount } = place;
  const width = place.cells + 2;
  const cells = new Float64Array((rowCount + 2) * width);
  for (let row = 1; row <= rowCount; row += 1) {
    for (let column = 1; column < width - 1; column += 1) {
      cells[row * width + column] = temperature(firstRow + row - 1, column);
    }
  }
  return { width, firstRow, rowCount, cells, spare: new Float64Array(cells.length) };
}

/** The largest difference between the strip and the given temperatures. */
export function largestError(
  { width, firstRow, rowCount, cells }: Strip,
  temperature: (row: number, column: number) => number,
): number {
  let largest = 0;
  for (let row = 1; row <= rowCount; row += 1) {
    for (let column = 1; column < width - 1; column += 1) {
      const error = (cells[row * width + column] ?? 0) - temperature(firstRow + row - 1, column);
      largest = Math.max(largest, Math.abs(error));
    }
  }
  return largest;
}

/** Temperature of one inner cell of the plate; 0 when another strip holds it. */
export function temperatureAt(
  { width, firstRow, rowCount, cells }: Strip,
  row: number,
  column: number,
): number {
  const isHere = row >= firstRow && row < firstRow + rowCount;
  return isHere ? (cells[(row - firstRow + 1) * width + column] ?? 0) : 0;
}

/**
 * The part of a sweep that renews rows [first, last] of the strip, whose neighbours must be fresh, in
 * `spare`; the largest change of any of their cells.
 */
export function sweepRows(strip: Strip, first: number, last: number): number {
  const { width, cells, spare } = strip;
  let largestChange = 0;
  for (let row = first; row <= last; row += 1) {
    const end = (row + 1) * width - 1;
    for (let cell = row * width + 1; cell < end; cell += 1) {
      const above = cells[cell - width] ?? 0;
      const below = cells[cell + width] ?? 0;
      const left = cells[cell - 1] ?? 0;
      const right = cells[cell + 1] ?? 0;
      const value = 0.25 * (above + below + (left + right));
      spare[cell] = value;
      largestChange = Math.max(largestChange, Math.abs(value - (cells[cell] ?? 0)));
    }
  }
  return largestChange;
}

/** All rows are renewed: the sweep is over. */
export function turnOver(strip: Strip): void {
  const { cells, spare } = strip;
  strip.cells = spare;
  strip.spare = cells;
}
