import type { Communicator } from 'pibatch';
import { ParameterError, wholeNumber } from '../parameter.ts';
import { sharesOf } from '../share.ts';
import { startStopwatch } from '../stopwatch.ts';
import { mustBeSmall } from '../wrongAnswer.ts';
import { startExchange, sweep } from './haloExchange.ts';
import { largestError, stripOf, temperatureAt } from './plate.ts';
import { exactTemperature } from './standingWave.ts';

/**
 * A hot plate with a cold rim, cooling by Jacobi sweeps. Every rank holds a strip of rows and
 * exchanges halo rows with its neighbours during each sweep. A cell depends on its neighbours
 * only, so the temperatures are bit-identical for any number of ranks, and for a job that lost a
 * node and went on from a checkpoint.
 */
const SWEEPS_PER_CHECK = 100;

/** All that a rank needs to go on. */
type Saved = { readonly done: number; readonly cells: Float64Array };
const ERROR_ALLOWED = 1e-9;

export default function heat(comm: Communicator, params: unknown): unknown {
  const cells = wholeNumber(params, 'cells', { otherwise: 1024, least: 1, most: 20_000 });
  const sweeps = wholeNumber(params, 'sweeps', { otherwise: 500, least: 1, most: 1e7 });
  if (comm.size > cells) {
    throw new ParameterError(
      `params.cells is ${cells}; give at least one row to ${comm.size} ranks`,
    );
  }
  const equal = comm.weights.map(() => 1);
  const { first, end } = sharesOf(cells, equal)[comm.rank] ?? { first: 0, end: 0 };
  const place = { cells, firstRow: first + 1, rowCount: end - first };
  const strip = stripOf(place, exactTemperature(cells, 0));
  const saved = comm.restored<Saved>();
  if (saved) strip.cells = saved.cells;
  const firstSweep = (saved?.done ?? 0) + 1;

  comm.phase('sweep');
  const stopwatch = startStopwatch();
  let largestChange = 0;
  startExchange(comm, strip, strip.cells)();
  for (let done = firstSweep; done <= sweeps; done += 1) {
    const change = sweep(comm, strip);
    if (done % SWEEPS_PER_CHECK === 0 || done === sweeps) {
      largestChange = comm.allreduce(change, 'max');
      comm.progress(done / sweeps);
      if (done < sweeps) comm.checkpoint({ done, cells: strip.cells } satisfies Saved);
    }
  }
  const sweepSeconds = stopwatch.lap('sweep');

  comm.phase('verify');
  const error = comm.allreduce(largestError(strip, exactTemperature(cells, sweeps)), 'max');
  mustBeSmall('temperature', { error, limit: ERROR_ALLOWED });
  const middle = (cells + 1) >> 1;
  const answer = comm.allreduce(temperatureAt(strip, middle, middle), 'sum');
  if (comm.rank !== 0) return undefined;
  console.log(`${sweeps} sweeps: ${answer} in the middle, last change ${largestChange}`);
  return {
    answer,
    verified: true,
    largestChange,
    largestError: error,
    resumedFromSweep: firstSweep - 1,
    measured: { sweepSeconds, cellsPerSecond: Math.round((cells * cells * sweeps) / sweepSeconds) },
    learn: 'A strip computes its whole surface and sends only its rim: larger plates scale better.',
  };
}
