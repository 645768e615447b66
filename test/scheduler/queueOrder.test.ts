import { describe, expect, test } from 'vitest';
import { createCluster } from '../../scheduler/machine/cluster.ts';
import { brokenInvariants } from '../../scheduler/machine/invariants.ts';
import { submitJob } from '../../scheduler/machine/submission.ts';
import { beginTurn } from '../../scheduler/machine/turn.ts';
import type { Cluster } from '../../scheduler/model/cluster.ts';
import type { PolicyName } from '../../scheduler/model/policyName.ts';
import { DEFAULT_SETTINGS } from '../../scheduler/model/defaultSettings.ts';
import type { JobId } from '../../scheduler/model/ids.ts';
import { jobId, nodeName, requestId, userName } from '../../scheduler/model/ids.ts';
import type { JobRequest } from '../../scheduler/model/request.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS, timeMs } from '../../scheduler/model/time.ts';
import { plan } from '../../scheduler/policy/plan.ts';
import { factsOf, requestOf, TELEMETRY } from './requests.ts';

const START = timeMs(0);

/** One node of four cores, and two partitions of which one comes first. */
function createWorld(policy: PolicyName): Cluster {
  const partitions = [
    { name: 'main', maxTimeMs: 30 * DAY_MS },
    { name: 'urgent', maxTimeMs: 0, tier: 2 },
  ];
  const cluster = createCluster({ ...DEFAULT_SETTINGS, partitions, policy }, 1);
  const turn = beginTurn(cluster, START);
  const node = nodeName('pi1');
  turn.record({ kind: 'nodeJoined', node, epoch: 1, facts: factsOf({ coreCount: 4 }) });
  const heard = { atMs: START, sequence: { incarnation: 1, count: 1 }, telemetry: TELEMETRY };
  turn.record({ kind: 'nodeHeard', node, heard });
  return cluster;
}

function submit(cluster: Cluster, fields: Partial<JobRequest>): JobId {
  const turn = beginTurn(cluster, START);
  return submitJob(turn, {
    user: userName('alice'),
    requestId: requestId(`r${turn.view.nextJobId}`),
    request: requestOf({ ranks: 4, ...fields }),
    schedule: undefined,
  });
}

function prioritise(cluster: Cluster, priorities: readonly (readonly [JobId, number])[]): void {
  beginTurn(cluster, START).record({ kind: 'prioritiesSet', priorities: new Map(priorities) });
  expect(brokenInvariants(cluster, START)).toEqual([]);
}

const placed = (cluster: Cluster): JobId[] => plan(cluster, START).placements.map(({ job }) => job);

describe('queue order', () => {
  test('is tier, then priority, then job id', () => {
    const cluster = createWorld('fifo');
    const [a, b, c] = [submit(cluster, {}), submit(cluster, {}), submit(cluster, {})];
    const urgent = submit(cluster, { partition: 'urgent' });
    expect(cluster.lookup.ready).toEqual([urgent, a, b, c]);
    prioritise(cluster, [
      [c, 7],
      [b, 7],
      [urgent, -3],
    ]);
    expect(cluster.lookup.ready).toEqual([urgent, b, c, a]);
    const late = submit(cluster, {});
    expect(cluster.lookup.ready).toEqual([urgent, b, c, a, late]);
    prioritise(cluster, []);
    expect(cluster.lookup.ready).toEqual([urgent, a, b, c, late]);
  });

  test.each(['fifo', 'easy', 'backfill'] as const)('%s starts the first of it', (policy) => {
    const cluster = createWorld(policy);
    submit(cluster, {});
    const second = submit(cluster, {});
    prioritise(cluster, [[second, 1]]);
    expect(placed(cluster)).toEqual([second]);
    const urgent = submit(cluster, { partition: 'urgent' });
    expect(placed(cluster)).toEqual([urgent]);
  });

  test('an unchanged order leaves the plan as it is, another one makes it anew', () => {
    const cluster = createWorld('backfill');
    const [a, b] = [submit(cluster, {}), submit(cluster, {})];
    const starts = new Map([[b, timeMs(HOUR_MS)]]);
    beginTurn(cluster, START).record({ kind: 'startsPlanned', starts });
    prioritise(cluster, [[a, 5]]);
    expect(cluster.lookup.planned).toEqual({ starts, stale: false });
    prioritise(cluster, [[b, 9]]);
    expect(cluster.lookup.planned).toEqual({ starts: new Map(), stale: true });
  });

  test('what is promised to lower ranks gives way to a newcomer, not among equals', () => {
    const cluster = createWorld('backfill');
    const running = submit(cluster, { timeLimitMs: HOUR_MS });
    const waiting = submit(cluster, { timeLimitMs: HOUR_MS });
    const turn = beginTurn(cluster, START);
    const first = plan(cluster, START);
    expect(first.placements.map(({ job }) => job)).toEqual([running]);
    for (const { job, parts } of first.placements) {
      const state = { kind: 'launching', sinceMs: START, accepted: true, sentMs: START } as const;
      const allocated = parts.map((part) => ({ ...part, state }));
      turn.record({ kind: 'jobAllocated', job, attempt: 1, parts: allocated });
    }
    turn.record({ kind: 'startsPlanned', starts: first.starts ?? new Map() });
    const equal = submit(cluster, { timeLimitMs: 30 * MINUTE_MS });
    expect(plan(cluster, START).starts).toEqual(
      new Map([
        [waiting, HOUR_MS],
        [equal, 2 * HOUR_MS],
      ]),
    );
    const urgent = submit(cluster, { partition: 'urgent', timeLimitMs: 30 * MINUTE_MS });
    const { starts } = plan(cluster, START);
    expect(starts?.get(urgent)).toBe(HOUR_MS);
    expect(starts?.get(waiting)).toBe(HOUR_MS + 30 * MINUTE_MS);
  });

  test('a job that left takes its priority along', () => {
    const cluster = createWorld('fifo');
    const only = submit(cluster, {});
    prioritise(cluster, [[only, 5]]);
    const end = { state: 'CANCELLED', exit: { code: 0, signal: 0 }, reason: 'None' } as const;
    beginTurn(cluster, START).record({
      kind: 'jobFinished',
      job: only,
      user: userName('alice'),
      end: { ...end, message: undefined, cancelledBy: 'alice' },
    });
    expect(cluster.lookup.priorities.size).toBe(0);
    expect(jobId(cluster.nextJobId)).toBe(2);
  });
});
