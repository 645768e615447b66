import type { Communicator } from 'pibatch';
import { wholeNumber } from '../parameter.ts';
import { mustBeSmall, mustEqual } from '../wrongAnswer.ts';
import { philox, type Words } from './philox.ts';
import { countInside, POINTS_PER_BLOCK } from './quarterCircle.ts';

/**
 * Pi as four times the share of random points that fall inside a quarter circle. The points
 * are cut into chunks, dealt to the ranks like cards. Point number i is the same point
 * whoever draws it (philox.ts), so the answer is bit-identical for any number of ranks.
 */
const BLOCKS_PER_CHUNK = 100_000;
const STANDARD_ERRORS_ALLOWED = 5;
const CHUNKS_COUNTED_AGAIN = 3;

/** Points inside for [points, seed], from a C program with 64-bit products of its own. */
const KNOWN_COUNTS = new Map([['40000000 1', 31_411_125]]);

export default function monteCarlo(comm: Communicator, params: unknown): unknown {
  const points = wholeNumber(params, 'points', { otherwise: 40_000_000, least: 1, most: 2 ** 50 });
  const seed = wholeNumber(params, 'seed', { otherwise: 1, least: 0, most: 2 ** 32 - 1 });
  checkGenerator();

  const blocks = Math.ceil(points / POINTS_PER_BLOCK);
  const chunks = Math.ceil(blocks / BLOCKS_PER_CHUNK);
  const countOf = (chunk: number): number =>
    countInside(seed, chunk * BLOCKS_PER_CHUNK, Math.min((chunk + 1) * BLOCKS_PER_CHUNK, blocks));

  comm.phase('draw');
  const counts = new Float64Array(chunks);
  for (let chunk = comm.rank; chunk < chunks; chunk += comm.size) {
    counts[chunk] = countOf(chunk);
    comm.progress(chunk / chunks);
  }
  const allCounts = comm.reduce(counts, 'sum');
  if (allCounts === undefined) return undefined;

  comm.phase('verify');
  const drawn = blocks * POINTS_PER_BLOCK;
  const inside = allCounts.reduce((sum, count) => sum + count, 0);
  const share = inside / drawn;
  const standardError = 4 * Math.sqrt((share * (1 - share)) / drawn);
  checkSomeChunks(allCounts, countOf);
  const known = KNOWN_COUNTS.get(`${points} ${seed}`);
  if (known !== undefined) {
    mustEqual('points inside', { computed: inside, expected: known });
  }
  mustBeSmall('estimate of pi', {
    error: 4 * share - Math.PI,
    limit: STANDARD_ERRORS_ALLOWED * Math.max(standardError, 4 / drawn),
  });
  console.log(`${inside} of ${drawn} points are inside: pi = ${4 * share}`);
  return {
    answer: 4 * share,
    verified: true,
    inside,
    points: drawn,
    standardError,
    learn: 'One more digit costs a hundred times the points, with any number of ranks.',
  };
}

/** The generator's published test vector. Source: Random123, kat_vectors. */
function checkGenerator(): void {
  const block: Words = [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344];
  philox(block, 0xa4093822, 0x299f31d0);
  const computed = block.map((word) => word.toString(16).padStart(8, '0')).join(' ');
  mustEqual('philox test vector', { computed, expected: 'd16cfe09 94fdcceb 5001e420 24126ea1' });
}

/** Counts the first, the middle and the last chunk again: mostly the work of other ranks. */
function checkSomeChunks(counts: Float64Array, countOf: (chunk: number) => number): void {
  for (let sample = 0; sample < CHUNKS_COUNTED_AGAIN; sample += 1) {
    const chunk = Math.round((sample * (counts.length - 1)) / (CHUNKS_COUNTED_AGAIN - 1));
    mustEqual(`points inside of chunk ${chunk}`, {
      computed: counts[chunk] ?? Number.NaN,
      expected: countOf(chunk),
    });
  }
}
