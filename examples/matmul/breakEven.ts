import type { Communicator } from 'pibatch';

/**
 * When a distributed matrix product pays. With g flop/s on a core and B bytes/s on a link, rank
 * 0 sends A once and B to everybody and receives C: T_p = 2 N^3/(p g) + 32 (p-1)/p N^2/B.
 * Hence S(p) = p / (1 + (p-1) M/N) with the break-even order M = 16 g/B, written N* in print.
 */
export function breakEvenOrder({
  flopsPerSecond,
  bytesPerSecond,
}: {
  readonly flopsPerSecond: number;
  readonly bytesPerSecond: number | undefined;
}): number | undefined {
  return bytesPerSecond === undefined ? undefined : (16 * flopsPerSecond) / bytesPerSecond;
}

export function predictedSpeedup({
  ranks,
  order,
  breakEven,
}: {
  readonly ranks: number;
  readonly order: number;
  readonly breakEven: number | undefined;
}): number | undefined {
  return breakEven === undefined ? undefined : ranks / (1 + ((ranks - 1) * breakEven) / order);
}

const PROBE_BYTES = 4 * 2 ** 20;
const ROUNDS = 5;

/**
 * Between rank 0 and the last rank, one way, the best of some echoes; measured on rank 0,
 * undefined elsewhere and when there is one rank only.
 */
export function linkBytesPerSecond(comm: Communicator): number | undefined {
  const last = comm.size - 1;
  if (last === 0) return undefined;
  const probe = new Uint8Array(PROBE_BYTES);
  let bestSeconds = Number.POSITIVE_INFINITY;
  for (let round = 0; round < ROUNDS; round += 1) {
    const start = performance.now();
    if (comm.rank === 0) {
      comm.send(probe, last);
      comm.recv({ source: last, into: probe });
      bestSeconds = Math.min(bestSeconds, (performance.now() - start) / 1000);
    } else if (comm.rank === last) {
      comm.recv({ source: 0, into: probe });
      comm.send(probe, 0);
    }
  }
  return comm.rank === 0 ? (2 * PROBE_BYTES) / bestSeconds : undefined;
}
