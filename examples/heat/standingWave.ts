/**
 * The exact temperatures. The plate starts as a sum of standing waves, which vanish on the rim.
 * One Jacobi sweep multiplies a wave with a half-waves down and b half-waves across by
 * (cos(pi a h) + cos(pi b h)) / 2, h = 1/(cells + 1), so every later state is known.
 */
type Wave = { readonly amplitude: number; readonly down: number; readonly across: number };

const WAVES: readonly Wave[] = [
  { amplitude: 100, down: 1, across: 1 },
  { amplitude: 50, down: 9, across: 7 },
];

/** Temperature of inner cell (row, column), both from 1 to `cells`, after some sweeps. */
export function exactTemperature(
  cells: number,
  sweeps: number,
): (row: number, column: number) => number {
  const step = Math.PI / (cells + 1);
  const waves = WAVES.map(({ amplitude, down, across }) => ({
    down: down * step,
    across: across * step,
    amplitude: amplitude * ((Math.cos(down * step) + Math.cos(across * step)) / 2) ** sweeps,
  }));
  return (row, column) =>
    waves.reduce(
      (sum, { amplitude, down, across }) =>
        sum + amplitude * Math.sin(down * row) * Math.sin(across * column),
      0,
    );
}
