import { philox, type Words } from './philox.ts';

/** Two random points come from one block of the generator. */
export const POINTS_PER_BLOCK = 2;

/** 2 to the power of -32: a random word becomes a number in [0, 1). */
const SCALE = 2 ** -32;

/**
 * How many of the points of blocks `first` to `end - 1` fall inside the quarter circle of
 * radius 1. A whole number, hence the same on every machine and in every order.
 */
export function countInside(seed: number, first: number, end: number): number {
  const block: Words = [0, 0, 0, 0];
  let inside = 0;
  for (let index = first; index < end; index += 1) {
    block[0] = index >>> 0;
    block[1] = Math.floor(index / 2 ** 32);
    block[2] = 0;
    block[3] = 0;
    philox(block, seed, 0);
    inside += pointInside(block[0], block[1]) + pointInside(block[2], block[3]);
  }
  return inside;
}

function pointInside(xWord: number, yWord: number): number {
  const x = (xWord + 0.5) * SCALE;
  const y = (yWord + 0.5) * SCALE;
  return x * x + y * y < 1 ? 1 : 0;
}
