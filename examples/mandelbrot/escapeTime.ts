/**
 * How long a point of the complex plane stays near the origin under z -> z*z + c. The
 * arithmetic is IEEE double in a fixed order, so the counts are the same on every machine.
 */
export type Picture = {
  readonly width: number;
  readonly height: number;
  readonly maxIterations: number;
};

/** The picture is three units wide, from -2 to 1, and symmetric about the real axis. */
const LEFT = -2;
const UNITS_WIDE = 3;

/** The iteration counts of one row of pixels; `maxIterations` means "did not escape". */
export function escapeTimes(picture: Picture, row: number): Uint32Array {
  const { width, height, maxIterations } = picture;
  const unitsPerPixel = UNITS_WIDE / width;
  const imaginary = (row + 0.5 - height / 2) * unitsPerPixel;
  const counts = new Uint32Array(width);
  for (let column = 0; column < width; column += 1) {
    const real = (column + 0.5) * unitsPerPixel + LEFT;
    counts[column] = escapeTime(real, imaginary, maxIterations);
  }
  return counts;
}

function escapeTime(real: number, imaginary: number, maxIterations: number): number {
  let x = 0;
  let y = 0;
  for (let count = 0; count < maxIterations; count += 1) {
    const xx = x * x;
    const yy = y * y;
    if (xx + yy > 4) return count;
    y = 2 * x * y + imaginary;
    x = xx - yy + real;
  }
  return maxIterations;
}
