import type { Communicator } from 'pibatch';
import { wholeNumber } from '../parameter.ts';
import { sharesOf } from '../share.ts';
import { startStopwatch } from '../stopwatch.ts';
import { mustEqual } from '../wrongAnswer.ts';
import { blockProduct, flopsOf } from './blockProduct.ts';
import { breakEvenOrder, linkBytesPerSecond, predictedSpeedup } from './breakEven.ts';
import { columnSums, factors, productWithColumn, rowSums } from './factors.ts';

/**
 * C = A B in block rows: scatter rows of A, broadcast B, multiply, gather rows of C. Rank 0
 * then multiplies alone, to check every entry and to have a time to compare with; with `compare: 0`
 * it checks the sums of all rows and columns instead, which takes next to no time.
 */
export default function matmul(comm: Communicator, params: unknown): unknown {
  const order = wholeNumber(params, 'order', { otherwise: 768, least: 1, most: 8192 });
  const compare = wholeNumber(params, 'compare', { otherwise: 1, least: 0, most: 1 }) === 1;
  const { a, b } = comm.rank === 0 ? factors(order) : { a: undefined, b: undefined };
  const counts = sharesOf(order, comm.weights).map(({ first, end }) => (end - first) * order);
  const bytesPerSecond = compare ? linkBytesPerSecond(comm) : undefined;

  comm.barrier();
  const stopwatch = startStopwatch();
  comm.phase('distribute');
  const rowsOfA = comm.scatterv(a, counts);
  const wholeB = comm.bcast<Float64Array>(b);
  const distribute = stopwatch.lap('distribute');
  comm.phase('multiply');
  const rowsOfC = blockProduct(rowsOfA, wholeB, order);
  const multiply = stopwatch.lap('multiply');
  comm.progress(0.5);
  comm.phase('collect');
  const c = comm.gatherv(rowsOfC);
  const collect = stopwatch.lap('collect');
  if (a === undefined || b === undefined || c === undefined) return undefined;

  comm.phase('verify');
  const answer = verifySums({ a, b, c, order });
  if (!compare)
    return { answer, verified: true, order, measured: { phaseSeconds: stopwatch.seconds } };
  stopwatch.lap('sums');
  const serial = blockProduct(a, b, order);
  const serialSeconds = stopwatch.lap('serial');
  verifyEntries(c, serial, order);
  const flopsPerSecond = flopsOf(order) / serialSeconds;
  const breakEven = breakEvenOrder({ flopsPerSecond, bytesPerSecond });
  const speedup = serialSeconds / (distribute + multiply + collect);
  const predicted = predictedSpeedup({ ranks: comm.size, order, breakEven });
  console.log(report({ order, flopsPerSecond, bytesPerSecond, breakEven, speedup, predicted }));
  return {
    answer,
    verified: true,
    order,
    measured: {
      flopsPerSecond: Math.round(flopsPerSecond),
      linkBytesPerSecond: bytesPerSecond === undefined ? null : Math.round(bytesPerSecond),
      breakEvenOrder: breakEven === undefined ? null : Math.round(breakEven),
      speedup,
      predictedSpeedup: predicted ?? null,
      phaseSeconds: stopwatch.seconds,
    },
    learn: 'Below the break-even order N* = 16 g/B one core is faster than any cluster.',
  };
}

type Products = Readonly<Record<'a' | 'b' | 'c', Float64Array>> & { readonly order: number };

/** The sum of the entries of C, whose rows and columns have the sums they must. Errors: WrongAnswerError. */
function verifySums({ a, b, c, order }: Products): number {
  const ofRows = productWithColumn(a, rowSums(b, order));
  rowSums(c, order).forEach((computed, row) => {
    mustEqual(`sum of row ${row}`, { computed, expected: ofRows[row] ?? Number.NaN });
  });
  const ofColumns = blockProduct(columnSums(a, order), b, order);
  columnSums(c, order).forEach((computed, column) => {
    mustEqual(`sum of column ${column}`, { computed, expected: ofColumns[column] ?? Number.NaN });
  });
  return c.reduce((sum, entry) => sum + entry, 0);
}

/** Errors: WrongAnswerError. */
function verifyEntries(c: Float64Array, serial: Float64Array, order: number): void {
  serial.forEach((expected, place) => {
    const where = `entry in row ${Math.floor(place / order)}, column ${place % order}`;
    mustEqual(where, { computed: c[place] ?? Number.NaN, expected });
  });
}

type Report = {
  readonly order: number;
  readonly flopsPerSecond: number;
  readonly bytesPerSecond: number | undefined;
  readonly breakEven: number | undefined;
  readonly speedup: number;
  readonly predicted: number | undefined;
};

function report(values: Report): string {
  const { order, flopsPerSecond, bytesPerSecond, breakEven, speedup, predicted } = values;
  const rate = `N = ${order}: ${(flopsPerSecond / 1e9).toFixed(2)} GFLOP/s on one core`;
  if (bytesPerSecond === undefined || breakEven === undefined) return `${rate}, no link measured`;
  return (
    `${rate}, link ${(bytesPerSecond / 1e6).toFixed(0)} MB/s, break-even N* = 16 g/B = ` +
    `${breakEven.toFixed(0)}; S = ${speedup.toFixed(2)}, predicted ${predicted?.toFixed(2)}`
  );
}
