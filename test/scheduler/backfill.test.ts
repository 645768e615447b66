import { describe, expect, test } from 'vitest';
import { endPartWithout } from '../../scheduler/machine/attempt.ts';
import { brokenInvariants } from '../../scheduler/machine/invariants.ts';
import { createCluster } from '../../scheduler/machine/cluster.ts';
import { submitJob } from '../../scheduler/machine/submission.ts';
import type { Turn } from '../../scheduler/machine/turn.ts';
import { beginTurn } from '../../scheduler/machine/turn.ts';
import type { Cluster } from '../../scheduler/model/cluster.ts';
import { DEFAULT_SETTINGS } from '../../scheduler/model/defaultSettings.ts';
import type { JobId } from '../../scheduler/model/ids.ts';
import { nodeName, requestId, userName } from '../../scheduler/model/ids.ts';
import type { TimeMs } from '../../scheduler/model/time.ts';
import { MINUTE_MS, timeMs } from '../../scheduler/model/time.ts';
import { singleLane } from '../../scheduler/policy/lanes.ts';
import type { Plan } from '../../scheduler/policy/plan.ts';
import { planQueue } from '../../scheduler/policy/planQueue.ts';
import type { Random } from '../../scheduler/sim/random.ts';
import { createRandom } from '../../scheduler/sim/random.ts';
import { EXITED_WELL, factsOf, requestOf, TELEMETRY } from './requests.ts';

type Depth = { readonly depth: number; readonly bounded?: boolean };

/** Every pass anew. */
function planBackfill(view: Cluster, atMs: TimeMs, { depth, bounded = true }: Depth): Plan {
  const lanes = singleLane(view, { depth, strict: false, keeps: false });
  return planQueue(view, atMs, { lanes, bounded });
}

/** Reservations are kept. */
function planConservative(view: Cluster, atMs: TimeMs, { depth, bounded = true }: Depth): Plan {
  const lanes = singleLane(view, { depth, strict: false, keeps: true });
  return planQueue(view, atMs, { lanes, bounded });
}

/** A partly busy cluster of a few nodes with a queue of jobs of few shapes, some with memory. */
function randomCluster(seed: number): Cluster {
  const random = createRandom(seed);
  const cluster = createCluster(DEFAULT_SETTINGS, 1);
  const turn = beginTurn(cluster, timeMs(0));
  for (let at = 0; at < 8; at += 1) {
    const node = nodeName(`n${at}`);
    const facts = factsOf({ coreCount: random.whole(2, 8), memoryBytes: random.whole(4, 16) });
    turn.record({ kind: 'nodeJoined', node, epoch: 1, facts });
    const heard = { atMs: timeMs(0), sequence: { incarnation: 1, count: 1 }, telemetry: TELEMETRY };
    turn.record({ kind: 'nodeHeard', node, heard });
    if (random.chance(0.3)) continue;
    const limitMs = random.whole(1, 90) * MINUTE_MS;
    const job = submit(cluster, { ranks: 2, timeLimitMs: limitMs }, `busy${at}`);
    const part = { node, epoch: 1, firstRank: 0, ranks: 2, cores: [0, 1], memoryBytes: 0 };
    const sinceMs = timeMs(0);
    const state = { kind: 'launching', sinceMs, accepted: true, sentMs: sinceMs } as const;
    turn.record({ kind: 'jobAllocated', job, attempt: 1, parts: [{ ...part, state }] });
  }
  for (let at = 0; at < 150; at += 1) {
    const ranks = random.whole(1, 12);
    const timeLimitMs = random.whole(1, 12) * 10 * MINUTE_MS;
    submit(cluster, { ranks, timeLimitMs, memoryPerRankBytes: random.whole(0, 2) }, `r${at}`);
  }
  return cluster;
}

function randomPriorities(cluster: Cluster, random: Random) {
  const pairs = cluster.lookup.ready.map((id) => [id, random.whole(0, 2)] as const);
  return { kind: 'prioritiesSet', priorities: new Map(pairs) } as const;
}

const submit = (cluster: Cluster, fields: Parameters<typeof requestOf>[0], id: string) =>
  submitJob(beginTurn(cluster, timeMs(0)), {
    user: userName('alice'),
    requestId: requestId(id),
    request: requestOf(fields),
    schedule: undefined,
  });

describe('backfill', () => {
  test.each([0, 1, 5, Infinity])(
    'plans at depth %d are the same with and without the bounds',
    (depth) => {
      for (let seed = 1; seed <= 40; seed += 1) {
        const cluster = randomCluster(seed);
        const bounded = planBackfill(cluster, timeMs(0), { depth, bounded: true });
        const plain = planBackfill(cluster, timeMs(0), { depth, bounded: false });
        expect(bounded.placements).toEqual(plain.placements);
      }
    },
  );

  test.each([0, 1, 5, 40, Infinity])(
    'conservative plans at depth %d are the same with and without bounds and index',
    (depth) => {
      for (let seed = 1; seed <= 30; seed += 1) {
        const runs = [true, false].map((bounded) => {
          const cluster = randomCluster(seed);
          const random = createRandom(seed);
          const plans: unknown[] = [];
          for (let step = 0; step < 12; step += 1) {
            const turn = beginTurn(cluster, timeMs(step * 7 * MINUTE_MS));
            const ending = random.pick([...cluster.lookup.active]);
            if (ending !== undefined) endAttempt(cluster, turn, ending);
            if (random.chance(0.5)) {
              submit(cluster, { ranks: random.whole(1, 12) }, `later${step}`);
            }
            if (random.chance(0.2)) turn.record(randomPriorities(cluster, random));
            const plan = planConservative(cluster, turn.atMs, { depth, bounded });
            plans.push(plan.placements, plan.starts);
            for (const { job, parts } of plan.placements) {
              const state = {
                kind: 'launching',
                sinceMs: turn.atMs,
                accepted: true,
                sentMs: turn.atMs,
              } as const;
              const allocated = parts.map((part) => ({ ...part, state }));
              turn.record({ kind: 'jobAllocated', job, attempt: 1, parts: allocated });
            }
            const { starts, bookings } = plan;
            if (starts)
              turn.record({ kind: 'startsPlanned', starts, ...(bookings && { bookings }) });
            expect(brokenInvariants(cluster, turn.atMs)).toEqual([]);
          }
          return plans;
        });
        expect(runs[0]).toEqual(runs[1]);
      }
    },
  );

  test('jobs behind the depth start where they delay no reservation', () => {
    const cluster = randomCluster(3);
    const all = planConservative(cluster, timeMs(0), { depth: Infinity });
    const few = planConservative(cluster, timeMs(0), { depth: 3 });
    expect(few.starts?.size).toBe(3);
    for (const [job, startMs] of few.starts ?? []) expect(all.starts?.get(job)).toBe(startMs);
  });
});

function endAttempt(cluster: Cluster, turn: Turn, id: JobId): void {
  const state = cluster.jobs.get(id)?.state;
  if (state?.kind !== 'active') return;
  for (const part of state.attempt.parts.keys()) {
    endPartWithout(turn, { job: id, attempt: state.attempt.number, part }, EXITED_WELL);
  }
}
