/** Bytes that were right once: bits flipped, pieces cut, doubled, swapped and spliced in. */
import type { Random } from '../../scheduler/sim/random.ts';

const LONGEST_BYTES = 300_000;
/** Values at which readers go wrong. */
const EDGES = [0x00, 0x01, 0x0a, 0x20, 0x22, 0x2c, 0x2d, 0x30, 0x39, 0x5b, 0x7f, 0x80, 0xff];

export function mutated(random: Random, seeds: readonly Buffer[]): Buffer {
  let bytes: Buffer = Buffer.from(random.pick(seeds) ?? '');
  for (let left = random.whole(1, 4); left > 0; left -= 1) {
    bytes = mutatedOnce(random, bytes, seeds);
  }
  return bytes.length > LONGEST_BYTES ? bytes.subarray(0, LONGEST_BYTES) : bytes;
}

function mutatedOnce(random: Random, bytes: Buffer, seeds: readonly Buffer[]): Buffer {
  const at = random.whole(0, bytes.length);
  const length = random.whole(0, Math.min(16, bytes.length - at));
  const [before, piece, after] = [
    bytes.subarray(0, at),
    bytes.subarray(at, at + length),
    bytes.subarray(at + length),
  ];
  switch (random.whole(0, 7)) {
    case 0:
      return Buffer.concat([before, after]);
    case 1:
      return Buffer.concat([before, piece, piece, after]);
    case 2:
      return Buffer.concat([before, ...Array.from({ length: random.whole(1, 300) }, () => piece)]);
    case 3:
      return Buffer.concat([before, Buffer.from([random.pick(EDGES) ?? 0]), piece, after]);
    case 4:
      return Buffer.concat([before, partOf(random, random.pick(seeds) ?? bytes), after]);
    case 5:
      return Buffer.from(bytes.subarray(0, at));
    default: {
      if (bytes.length === 0) return Buffer.from([random.whole(0, 255)]);
      const copy = Buffer.from(bytes);
      const where = random.whole(0, copy.length - 1);
      const flipped = (copy[where] ?? 0) ^ (1 << random.whole(0, 7));
      copy[where] = random.chance(0.5) ? flipped : (random.pick(EDGES) ?? 0);
      return copy;
    }
  }
}

function partOf(random: Random, bytes: Buffer): Buffer {
  const from = random.whole(0, bytes.length);
  return bytes.subarray(from, from + random.whole(0, 64));
}
