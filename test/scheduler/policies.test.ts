import { describe, expect, test } from 'vitest';
import { createCluster } from '../../scheduler/machine/cluster.ts';
import { schedulingPass } from '../../scheduler/machine/schedulingPass.ts';
import { submitJob } from '../../scheduler/machine/submission.ts';
import { beginTurn } from '../../scheduler/machine/turn.ts';
import type { Cluster, Settings } from '../../scheduler/model/cluster.ts';
import { DEFAULT_SETTINGS } from '../../scheduler/model/defaultSettings.ts';
import type { JobId } from '../../scheduler/model/ids.ts';
import { nodeName, requestId, userName } from '../../scheduler/model/ids.ts';
import type { NodeFacts, NodeTelemetry } from '../../scheduler/model/node.ts';
import type { JobRequest } from '../../scheduler/model/request.ts';
import { HOUR_MS, MINUTE_MS, timeMs } from '../../scheduler/model/time.ts';
import { factsOf, requestOf, TELEMETRY } from './requests.ts';

const START = timeMs(0);

/** Nodes of four cores, each with what the test says of it. */
function createWorld(
  settings: Partial<Settings>,
  nodes: readonly { facts?: Partial<NodeFacts>; telemetry?: Partial<NodeTelemetry> }[] = [{}],
): Cluster {
  const cluster = createCluster({ ...DEFAULT_SETTINGS, ...settings }, 1);
  const turn = beginTurn(cluster, START);
  for (const [at, { facts, telemetry }] of nodes.entries()) {
    const node = nodeName(`n${at}`);
    turn.record({ kind: 'nodeJoined', node, epoch: 1, facts: factsOf({ coreCount: 4, ...facts }) });
    const sequence = { incarnation: 1, count: 1 };
    const heard = { atMs: START, sequence, telemetry: { ...TELEMETRY, ...telemetry } };
    turn.record({ kind: 'nodeHeard', node, heard });
  }
  return cluster;
}

function submit(cluster: Cluster, user: string, fields: Partial<JobRequest> = {}): JobId {
  const turn = beginTurn(cluster, START);
  return submitJob(turn, {
    user: userName(user),
    requestId: requestId(`r${turn.view.nextJobId}`),
    request: requestOf({ ranks: 2, ...fields }),
    schedule: undefined,
  });
}

/** The machine's own pass: which jobs it started, and where. */
function started(cluster: Cluster): readonly (readonly [JobId, string])[] {
  const turn = beginTurn(cluster, START);
  schedulingPass(turn);
  return turn.events.flatMap((event) =>
    event.kind === 'jobAllocated'
      ? [[event.job, event.parts.map(({ node }) => node).join(' ')] as const]
      : [],
  );
}

const jobs = (cluster: Cluster): JobId[] => started(cluster).map(([id]) => id);

describe('policies', () => {
  test('round-robin: users take turns, counting what they run', () => {
    const cluster = createWorld({ policy: 'round-robin' });
    const [a1, a2] = [submit(cluster, 'ann'), submit(cluster, 'ann')];
    const b1 = submit(cluster, 'bob');
    expect(jobs(cluster)).toEqual([a1, b1]);
    const b2 = submit(cluster, 'bob');
    const c1 = submit(cluster, 'cy');
    expect(jobs(cluster)).toEqual([]);
    expect([...cluster.lookup.planned.starts.keys()]).toEqual([c1]);
    expect([a2, b2].every((id) => cluster.jobs.get(id)?.state.kind === 'pending')).toBe(true);
  });

  test('weighted: an account of three shares gets three times the cores', () => {
    const accounts = [{ name: 'physics', shares: 3 }, { name: 'art' }];
    const cluster = createWorld({ policy: 'weighted', accounts });
    for (let at = 0; at < 4; at += 1) submit(cluster, 'ann', { ranks: 1, account: 'art' });
    for (let at = 0; at < 4; at += 1) submit(cluster, 'bob', { ranks: 1, account: 'physics' });
    const accountsOf = jobs(cluster).map((id) => cluster.jobs.get(id)?.request.account);
    expect(accountsOf.toSorted()).toEqual(['art', 'physics', 'physics', 'physics']);
  });

  test('random: equal histories start alike, and not in the order of submission', () => {
    const orders = [1, 2].map(() => {
      const cluster = createWorld({ policy: 'random' });
      for (let at = 0; at < 12; at += 1) submit(cluster, 'ann', { ranks: 4 });
      const [first] = jobs(cluster);
      return [first, [...cluster.lookup.planned.starts.keys()]];
    });
    expect(orders[0]).toEqual(orders[1]);
    expect(orders[0]?.[0]).not.toBe(1);
  });

  test('least-loaded and min-completion choose the node', () => {
    const loads = createWorld({ policy: 'least-loaded' }, [
      { telemetry: { load: 3 } },
      { telemetry: { load: 0.1 } },
    ]);
    expect(started(loads)).toEqual([]);
    const onFree = submit(loads, 'ann');
    expect(started(loads)).toEqual([[onFree, 'n1']]);
    const speeds = createWorld({ policy: 'min-completion' }, [
      { facts: { weight: 1 } },
      { facts: { weight: 2.5 } },
    ]);
    const onFast = submit(speeds, 'ann', { ranks: 6 });
    expect(started(speeds)).toEqual([[onFast, 'n1 n0']]);
  });

  test('partitions may have policies of their own on the same nodes', () => {
    const partitions = [
      { name: 'main', maxTimeMs: 0 },
      { name: 'strict', maxTimeMs: 0, policy: 'fifo' as const },
    ];
    const cluster = createWorld({ partitions });
    const running = submit(cluster, 'ann', { ranks: 2, timeLimitMs: HOUR_MS });
    const head = submit(cluster, 'ann', { ranks: 4, partition: 'strict', timeLimitMs: HOUR_MS });
    submit(cluster, 'ann', { ranks: 1, partition: 'strict', timeLimitMs: MINUTE_MS });
    submit(cluster, 'bob', { ranks: 1, timeLimitMs: 2 * HOUR_MS });
    const short = submit(cluster, 'bob', { ranks: 1, timeLimitMs: HOUR_MS });
    expect(jobs(cluster)).toEqual([running, short]);
    expect(cluster.lookup.planned.starts.get(head)).toBe(HOUR_MS);
  });
});

describe('requests', () => {
  test('a job with a minimum time starts with the longest limit that delays nobody', () => {
    const cluster = createWorld({ policy: 'backfill' });
    const running = submit(cluster, 'ann', { timeLimitMs: HOUR_MS });
    const head = submit(cluster, 'ann', { ranks: 4, timeLimitMs: HOUR_MS });
    const flexible = submit(cluster, 'bob', {
      timeLimitMs: 5 * HOUR_MS,
      minTimeMs: 10 * MINUTE_MS,
    });
    expect(jobs(cluster)).toEqual([running, flexible]);
    const state = cluster.jobs.get(flexible)?.state;
    expect(state?.kind === 'active' && state.attempt.limitMs).toBe(HOUR_MS);
    expect(cluster.lookup.planned.starts.get(head)).toBe(HOUR_MS);
  });

  test.each<readonly [string, Partial<JobRequest>, string]>([
    ['cyclic spreads evenly', { ranks: 6, distribution: 'cyclic' }, '3 3'],
    ['block fills', { ranks: 6 }, '4 2'],
    ['as many nodes as asked for', { ranks: 4, nodes: { least: 2, most: 2 } }, '2 2'],
    ['at most so many on one', { ranks: 3, ranksPerNode: 1 }, '1 1 1'],
    ['boards of one model', { ranks: 8, uniform: true }, '4 4'],
  ])('%s', (_, fields, ranks) => {
    const models = ['Raspberry Pi 4', 'Raspberry Pi 5', 'Raspberry Pi 4'];
    const cluster = createWorld(
      {},
      models.map((model) => ({ facts: { model } })),
    );
    const id = submit(cluster, 'ann', fields);
    expect(jobs(cluster)).toEqual([id]);
    const state = cluster.jobs.get(id)?.state;
    const parts = state?.kind === 'active' ? state.attempt.parts : [];
    expect(parts.map((part) => part.ranks).join(' ')).toBe(ranks);
    if (fields.uniform) expect(parts.map(({ node }) => node)).toEqual(['n0', 'n2']);
  });

  test('an exclusive job holds all cores of its node', () => {
    const cluster = createWorld({}, [{}, {}]);
    const alone = submit(cluster, 'ann', { ranks: 1, exclusive: true });
    const other = submit(cluster, 'bob', { ranks: 1 });
    expect(started(cluster)).toEqual([
      [alone, 'n0'],
      [other, 'n1'],
    ]);
    expect(cluster.lookup.holdings.get(nodeName('n0'))?.freeCores).toEqual([]);
  });

  test('contiguous jobs stay behind one switch where they can', () => {
    const nodes = [
      { names: ['n0'], switch: 'a' },
      { names: ['n1', 'n2'], switch: 'b' },
    ];
    const cluster = createWorld({ nodes }, [{}, {}, {}]);
    const id = submit(cluster, 'ann', { ranks: 8, contiguous: true });
    expect(started(cluster)).toEqual([[id, 'n1 n2']]);
  });
});
