/** What random users ask for, on the nodes of randomSteps.ts. */
import type { RuntimeCurve } from '../../accounting/speedup/moldable.ts';
import type { JobRequest } from '../../scheduler/model/request.ts';
import { MINUTE_MS } from '../../scheduler/model/time.ts';
import type { Random } from '../../scheduler/sim/random.ts';

/** Single cores, anywhere. */
/** Amdahl's law with a serial share, of a job that takes an hour alone. */
export function randomCurve(random: Random): RuntimeCurve {
  const serial = random.unit();
  const points = [1, 2, 3, 4, 6, 8, 12].map((ranks) => {
    const share = serial + (1 - serial) / ranks;
    const efficiency = Math.round(1000 / (ranks * share));
    return { ranks, runMs: Math.round(60 * MINUTE_MS * share), efficiency };
  });
  return { points, peakRanks: 12, runs: points.length };
}

export const plainWishes = (random: Random): Partial<JobRequest> => ({
  ranks: random.whole(1, 12),
  timeLimitMs: random.whole(1, 90) * MINUTE_MS,
});

/** Of every kind that bears on where and when a job runs. */
export function wishes(random: Random): Partial<JobRequest> {
  const rigid = rigidWishes(random);
  if (!random.chance(0.15)) return rigid;
  const { ranks } = rigid;
  return { ...rigid, ranks: ranks + 4, ranksRange: { least: ranks, most: ranks + 4 } };
}

function rigidWishes(random: Random): Partial<JobRequest> & Pick<JobRequest, 'ranks'> {
  const maybe = <T extends Partial<JobRequest>>(chance: number, wish: T): T | undefined =>
    random.chance(chance) ? wish : undefined;
  const ranks = random.whole(1, 6);
  const timeLimitMs = random.whole(1, 90) * MINUTE_MS;
  return {
    ranks,
    timeLimitMs,
    coresPerRank: random.chance(0.3) ? 2 : 1,
    memoryPerRankBytes: random.whole(0, 3),
    ...maybe(0.1, { exclusive: true }),
    ...maybe(0.1, { nodes: { least: Math.min(2, ranks), most: 3 } }),
    ...maybe(0.1, { ranksPerNode: 2 }),
    ...maybe(0.1, { constraint: { kind: 'feature', feature: 'nvme' } }),
    ...maybe(0.05, { nodeList: ['n1'] }),
    ...maybe(0.05, { excluded: ['n0', 'n5'] }),
    ...maybe(0.05, { constraint: { kind: 'same', of: ['nvme', 'camera'] } }),
    ...maybe(0.1, { uniform: true }),
    ...maybe(0.1, { contiguous: true }),
    ...maybe(0.1, { distribution: 'cyclic' }),
    ...maybe(0.1, { licenses: [{ name: 'matlab', count: random.whole(1, 3) }] }),
    ...maybe(0.05, { gres: [{ name: 'camera', count: random.whole(1, 2) }], ranks: 1 }),
    ...maybe(0.05, { minTimeMs: Math.min(timeLimitMs, 5 * MINUTE_MS) }),
    ...maybe(0.05, {
      ranks: 3,
      // No three boards of one model have these.
      uniform: false,
      constraint: {
        kind: 'counted',
        of: [
          { feature: 'nvme', nodes: 2 },
          { feature: 'camera', nodes: 1 },
        ],
      },
    }),
  };
}
