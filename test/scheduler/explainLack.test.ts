import { expect, test } from 'vitest';
import { createCluster } from '../../scheduler/machine/cluster.ts';
import { refuseSize } from '../../scheduler/machine/sizeCheck.ts';
import { schedulingPass } from '../../scheduler/machine/schedulingPass.ts';
import { submitJob } from '../../scheduler/machine/submission.ts';
import { beginTurn } from '../../scheduler/machine/turn.ts';
import type { Cluster } from '../../scheduler/model/cluster.ts';
import { DEFAULT_SETTINGS } from '../../scheduler/model/defaultSettings.ts';
import { nodeName, requestId, userName } from '../../scheduler/model/ids.ts';
import type { JobRequest } from '../../scheduler/model/request.ts';
import { HOUR_MS, timeMs } from '../../scheduler/model/time.ts';
import { explain } from '../../scheduler/policy/explain.ts';
import { factsOf, requestOf, TELEMETRY } from './requests.ts';

const CAMERA = { gres: [{ name: 'camera', count: 1 }] };
const MATLAB = { licenses: [{ name: 'matlab', count: 1 }] };
const TWO_NVME = {
  ranks: 2,
  constraint: { kind: 'counted', of: [{ feature: 'nvme', nodes: 2 }] },
} as const;

test('generic resources in use are named, with the jobs that hold them', () => {
  const cluster = clusterOfThree();
  submit(cluster, { ranks: 2 });
  const holder = submit(cluster, CAMERA);
  const waiting = submit(cluster, CAMERA);
  expect(explain(cluster, waiting, timeMs(0))).toMatchObject({
    reason: {
      kind: 'Resources',
      lack: { of: 'gres', name: 'camera', wanted: 1, free: 0, on: 1 },
    },
    blockers: [holder],
  });
});

test('features that too few nodes with room have are named, with the jobs on those nodes', () => {
  const cluster = clusterOfThree();
  const holder = submit(cluster, { ranks: 4 });
  const waiting = submit(cluster, TWO_NVME);
  expect(explain(cluster, waiting, timeMs(0))).toMatchObject({
    reason: { kind: 'Resources', lack: { of: 'feature', name: 'nvme', wanted: 2, free: 1 } },
    blockers: [holder],
  });
});

test('licenses that others were promised for a part of its time are named', () => {
  const cluster = clusterOfThree();
  const hour = { ranks: 4, timeLimitMs: HOUR_MS };
  submit(cluster, { ...hour, nodeList: ['n0'] });
  const promised = submit(cluster, { ...hour, nodeList: ['n0'], ...MATLAB });
  const waiting = submit(cluster, { ranks: 1, timeLimitMs: 2 * HOUR_MS, ...MATLAB });
  expect(explain(cluster, waiting, timeMs(0))).toMatchObject({
    reason: { kind: 'Licenses', license: 'matlab', wanted: 1, free: 0, of: 1, ahead: true },
    blockers: [promised],
  });
  const short = submit(cluster, { ranks: 1, timeLimitMs: HOUR_MS, ...MATLAB });
  expect(cluster.jobs.get(short)?.state.kind).toBe('active');
});

test('the first of the queue is not told of the licenses that it was promised itself', () => {
  const cluster = clusterOfThree();
  submit(cluster, { ranks: 12, timeLimitMs: HOUR_MS });
  const waiting = submit(cluster, { ranks: 5, timeLimitMs: 2 * HOUR_MS, ...MATLAB });
  const { state } = cluster.jobs.get(waiting) ?? {};
  expect(state).toMatchObject({ kind: 'pending', reason: { kind: 'Resources' } });
});

test.each([
  [{ uniform: true }, 'tooFewNodes'],
  [{}, undefined],
])('features of nodes of two models, on nodes of one: %j', (wish, code) => {
  const cluster = clusterOfThree();
  const constraint = {
    kind: 'counted',
    of: [
      { feature: 'pi4', nodes: 1 },
      { feature: 'pi5', nodes: 1 },
    ],
  } as const;
  const facts = factsOf({ coreCount: 4, model: 'Raspberry Pi 5' });
  const turn = beginTurn(cluster, timeMs(0));
  turn.record({ kind: 'nodeJoined', node: nodeName('n3'), epoch: 1, facts });
  expect(refuseSize(cluster, requestOf({ ranks: 2, constraint, ...wish }))?.code).toBe(code);
});

function clusterOfThree(): Cluster {
  const licenses = [{ name: 'matlab', count: 1 }];
  const nodes = [
    { names: ['n0', 'n1'], features: ['nvme'] },
    { names: ['n0'], gres: [{ name: 'camera', count: 1 }] },
  ];
  const cluster = createCluster({ ...DEFAULT_SETTINGS, nodes, licenses }, 1);
  const turn = beginTurn(cluster, timeMs(0));
  for (const name of ['n0', 'n1', 'n2']) {
    const node = nodeName(name);
    turn.record({ kind: 'nodeJoined', node, epoch: 1, facts: factsOf({ coreCount: 4 }) });
    const heard = { atMs: timeMs(0), sequence: { incarnation: 1, count: 1 }, telemetry: TELEMETRY };
    turn.record({ kind: 'nodeHeard', node, heard });
  }
  return cluster;
}

function submit(cluster: Cluster, wishes: Partial<JobRequest>) {
  const turn = beginTurn(cluster, timeMs(0));
  const id = submitJob(turn, {
    user: userName('ann'),
    requestId: requestId(`r${cluster.nextJobId}`),
    request: requestOf(wishes),
    schedule: undefined,
  });
  schedulingPass(turn);
  return id;
}
