import type { Communicator } from 'pibatch';
import { wholeNumber } from '../parameter.ts';
import { sharesOf } from '../share.ts';
import { startStopwatch } from '../stopwatch.ts';
import { mustEqual } from '../wrongAnswer.ts';
import { blockProduct, flopsOf } from './blockProduct.ts';
import { breakEvenOrder, linkBytesPerSecond, predictedSpeedup } from './breakEven.ts';
import { columnSums, factors, rowSums } from './factors.ts';

/**
 * C = A B in block rows: scatter rows of A, broadcast B, multiply, gather rows of C. Rank 0
 * then multiplies alone, to check every entry and to have a time to compare with.
 */
export default function matmul(comm: Communicator, params: unknown): unknown {
  const order = wholeNumber(params, 'order', { otherwise: 768, least: 1, most: 8192 });
  const { a, b } = comm.rank === 0 ? factors(order) : { a: undefined, b: undefined };
  const counts = sharesOf(order, comm.weights).map(({ first, end }) => (end - first) * order);
  const bytesPerSecond = linkBytesPerSecond(comm);

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
  const serial = blockProduct(a, b, order);
  const serialSeconds = stopwatch.lap('serial');
  const answer = verify({ a, b, c, serial, order });
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

type Products = Readonly<Record<'a' | 'b' | 'c' | 'serial', Float64Array>> & {
  readonly order: number;
};

/** The sum of the entries of C, which must be right. Errors: WrongAnswerError. */
function verify({ a, b, c, serial, order }: Products): number {
  serial.forEach((expected, place) => {
    const where = `entry in row ${Math.floor(place / order)}, column ${place % order}`;
    mustEqual(where, { computed: c[place] ?? Number.NaN, expected });
  });
  const sumsOfB = rowSums(b, order);
  const expected = columnSums(a, order).reduce((sum, ofA, k) => sum + ofA * (sumsOfB[k] ?? 0), 0);
  const computed = c.reduce((sum, entry) => sum + entry, 0);
  mustEqual('sum of all entries', { computed, expected });
  return computed;
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
