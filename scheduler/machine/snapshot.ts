/**
 * The durable part of the cluster as plain data: a snapshot replaces the events before it.
 * What is not journalled (heard nodes, reasons, sent orders) is left out, so that a cluster
 * and the fold of its journal have equal snapshots.
 */
import type { Cluster, ClusterView, Settings } from '../model/cluster.ts';
import { requestKey, scheduleKey } from '../model/cluster.ts';
import type { AccountUse } from '../model/accountUse.ts';
import { accountUseKey } from '../model/accountUse.ts';
import type { UserName } from '../model/ids.ts';
import type { Job } from '../model/job.ts';
import type { Node } from '../model/node.ts';
import type { Part } from '../model/part.ts';
import type { Reservation } from '../model/reservation.ts';
import type { Restoring } from '../model/restoring.ts';
import type { Schedule } from '../model/schedule.ts';
import type { TimeMs } from '../model/time.ts';
import type { RecentStart } from '../policy/recentStarts.ts';
import { waiting } from './applyJob.ts';
import { createCluster } from './cluster.ts';
import { rebuildLookup } from './lookup.ts';

/** A field added later gets its default for old snapshots in scheduler/live/eventCodec.ts. */
export type Snapshot = {
  readonly generation: number;
  readonly nextJobId: number;
  readonly jobs: readonly Job[];
  readonly nodes: readonly Node[];
  readonly schedules: readonly Schedule[];
  readonly reservations: readonly Reservation[];
  readonly recentRunsMs: readonly (readonly [UserName, readonly number[]])[];
  readonly recentStarts: readonly RecentStart[];
  readonly accountUse: readonly AccountUse[];
  readonly restoring?: Restoring;
};

/** JSON-safe. */
export const snapshotOf = (view: ClusterView): Snapshot => ({
  generation: view.generation,
  nextJobId: view.nextJobId,
  jobs: [...view.jobs.values()].sort((a, b) => a.id - b.id).map(durableJob),
  nodes: [...view.nodes.values()].map((node) => ({ ...node, heard: undefined })),
  schedules: [...view.schedules.values()],
  reservations: [...view.reservations.values()],
  recentRunsMs: [...view.recentRunsMs],
  recentStarts: [...view.recentStarts],
  accountUse: [...view.accountUse.values()],
  ...(view.restoring && { restoring: view.restoring }),
});

/** The cluster of a snapshot, at its time. */
export function clusterFrom(settings: Settings, snapshot: Snapshot, atMs: TimeMs): Cluster {
  const cluster = createCluster(settings, snapshot.generation);
  cluster.nextJobId = snapshot.nextJobId;
  cluster.restoring = snapshot.restoring;
  for (const node of snapshot.nodes) cluster.nodes.set(node.name, { ...node, heard: undefined });
  for (const schedule of snapshot.schedules) {
    cluster.schedules.set(scheduleKey(schedule.user, schedule.name), schedule);
  }
  for (const one of snapshot.reservations) cluster.reservations.set(one.name, one);
  for (const job of snapshot.jobs) {
    cluster.jobs.set(job.id, withReason(job, atMs));
    if (!job.task || job.task.array === job.id) {
      cluster.requests.set(requestKey(job.user, job.requestId), job.id);
    }
  }
  for (const [user, runsMs] of snapshot.recentRunsMs) cluster.recentRunsMs.set(user, runsMs);
  cluster.recentStarts.push(...snapshot.recentStarts);
  for (const use of snapshot.accountUse) cluster.accountUse.set(accountUseKey(use), use);
  rebuildLookup(cluster, atMs);
  return cluster;
}

function withReason(job: Job, atMs: TimeMs): Job {
  return job.state.kind === 'pending' ? { ...job, state: waiting(job.state, job, atMs) } : job;
}

function durableJob(job: Job): Job {
  if (job.state.kind === 'pending') {
    return { ...job, state: { ...job.state, reason: { kind: 'None' } } };
  }
  const { attempt } = job.state;
  return {
    ...job,
    state: { kind: 'active', attempt: { ...attempt, parts: attempt.parts.map(durablePart) } },
  };
}

function durablePart(part: Part): Part {
  if (part.state.kind === 'running') {
    const { wiredMs: _wired, ...state } = part.state;
    return { ...part, state };
  }
  if (part.state.kind !== 'launching') return part;
  const { sinceMs } = part.state;
  return { ...part, state: { kind: 'launching', sinceMs, accepted: false, sentMs: sinceMs } };
}
