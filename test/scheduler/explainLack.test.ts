import { expect, test } from 'vitest';
import { createCluster } from '../../scheduler/machine/cluster.ts';
import { schedulingPass } from '../../scheduler/machine/schedulingPass.ts';
import { submitJob } from '../../scheduler/machine/submission.ts';
import { beginTurn } from '../../scheduler/machine/turn.ts';
import type { Cluster } from '../../scheduler/model/cluster.ts';
import { DEFAULT_SETTINGS } from '../../scheduler/model/defaultSettings.ts';
import { nodeName, requestId, userName } from '../../scheduler/model/ids.ts';
import type { JobRequest } from '../../scheduler/model/request.ts';
import { timeMs } from '../../scheduler/model/time.ts';
import { explain } from '../../scheduler/policy/explain.ts';
import { factsOf, requestOf, TELEMETRY } from './requests.ts';

const CAMERA = { gres: [{ name: 'camera', count: 1 }] };
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

function clusterOfThree(): Cluster {
  const nodes = [
    { names: ['n0', 'n1'], features: ['nvme'] },
    { names: ['n0'], gres: [{ name: 'camera', count: 1 }] },
  ];
  const cluster = createCluster({ ...DEFAULT_SETTINGS, nodes }, 1);
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
