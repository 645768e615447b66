/**
 * The whole part of a square root, by Newton's method on half as many digits at each level
 * of the recursion: one division of the full length in all.
 * Source: P. Zimmermann, "Karatsuba square root" (1999), in its simple form.
 */
export function squareRoot(square: bigint): bigint {
  return rootOf(square, square.toString(16).length * 4);
}

function rootOf(square: bigint, bits: number): bigint {
  if (bits <= 64) return smallRoot(square);
  const quarter = Math.floor((bits - 2) / 4);
  const shift = BigInt(quarter);
  const high = rootOf(square >> (2n * shift), bits - 2 * quarter);
  const guess = high << shift;
  let root = (guess + square / guess) >> 1n;
  while (root * root > square) root -= 1n;
  return root;
}

function smallRoot(square: bigint): bigint {
  let root = BigInt(Math.floor(Math.sqrt(Number(square))));
  while (root * root > square) root -= 1n;
  while ((root + 1n) * (root + 1n) <= square) root += 1n;
  return root;
}
