import { writeFileSync } from 'node:fs';
import type { Communicator } from 'pibatch';
import { wholeNumber } from '../parameter.ts';
import { mustEqual } from '../wrongAnswer.ts';
import { escapeTimes, type Picture } from './escapeTime.ts';
import { pngOf } from './picture.ts';

/**
 * The Mandelbrot set. Rows differ a hundredfold in cost, so they are dealt to the ranks like
 * cards: rank r takes rows r, r + size, r + 2 size ... Rank 0 collects them and writes a PNG.
 */
const SERIAL_ROWS = 16;

/** Sum of all iteration counts for [width, height, maxIterations], from a C program. */
const KNOWN_TOTALS = new Map([
  ['60 40 100', 72_974],
  ['300 200 500', 7_910_158],
  ['1200 800 1000', 247_486_382],
  ['1200 800 2000', 488_920_948],
]);

export default function mandelbrot(comm: Communicator, params: unknown): unknown {
  const picture: Picture = {
    width: wholeNumber(params, 'width', { otherwise: 1200, least: 1, most: 20_000 }),
    height: wholeNumber(params, 'height', { otherwise: 800, least: 1, most: 20_000 }),
    maxIterations: wholeNumber(params, 'maxIterations', { otherwise: 2000, least: 1, most: 1e9 }),
  };
  const { width, height, maxIterations } = picture;

  comm.phase('iterate');
  const myRows = rowsOf(comm.rank, comm.size, height);
  const myCounts = new Uint32Array(myRows.length * width);
  myRows.forEach((row, place) => {
    myCounts.set(escapeTimes(picture, row), place * width);
    comm.progress(row / height);
  });

  comm.phase('collect');
  const iterationsOfRank = comm.gather<number>(sumOf(myCounts));
  const dealt = comm.gatherv(myCounts);
  if (dealt === undefined) return undefined;
  const counts = inOrder(dealt, picture, comm.size);

  comm.phase('verify');
  const total = verified(picture, counts);
  writeFileSync('mandelbrot.png', pngOf(picture, counts));
  const inside = counts.filter((count) => count === maxIterations).length;
  console.log(`wrote mandelbrot.png, ${width} x ${height} pixels, ${total} iterations`);
  return {
    answer: total,
    verified: true,
    pixelsInside: inside,
    iterationsOfRank,
    learn: 'Rows dealt like cards even out work that nobody can predict: see iterationsOfRank.',
  };
}

function rowsOf(rank: number, size: number, height: number): number[] {
  return Array.from({ length: height }, (_, row) => row).filter((row) => row % size === rank);
}

/** Puts rows that were gathered rank by rank back in their places. */
function inOrder(dealt: Uint32Array, { width, height }: Picture, size: number): Uint32Array {
  const counts = new Uint32Array(width * height);
  const dealtRows = Array.from({ length: size }, (_, rank) => rowsOf(rank, size, height)).flat();
  dealtRows.forEach((row, place) => {
    counts.set(dealt.subarray(place * width, (place + 1) * width), row * width);
  });
  return counts;
}

/** The sum of all counts, checked in three ways. Errors: WrongAnswerError. */
function verified(picture: Picture, counts: Uint32Array): number {
  const { width, height, maxIterations } = picture;
  const sumOfRow = (row: number): number => sumOf(counts.subarray(row * width, (row + 1) * width));
  for (let row = 0; row < height >> 1; row += 1) {
    const mirrored = sumOfRow(height - 1 - row);
    mustEqual(`row ${row} and its mirror image`, { computed: sumOfRow(row), expected: mirrored });
  }
  for (let row = 0; row < height; row += Math.ceil(height / SERIAL_ROWS)) {
    const serial = sumOf(escapeTimes(picture, row));
    mustEqual(`row ${row} computed again`, { computed: sumOfRow(row), expected: serial });
  }
  const total = sumOf(counts);
  const known = KNOWN_TOTALS.get(`${width} ${height} ${maxIterations}`);
  if (known !== undefined) mustEqual('sum of all counts', { computed: total, expected: known });
  return total;
}

function sumOf(counts: Uint32Array): number {
  return counts.reduce((sum, count) => sum + count, 0);
}
