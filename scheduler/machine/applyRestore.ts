/** What events do to a cluster whose journal was a backup. */
import type { Cluster } from '../model/cluster.ts';
import type { Event } from '../model/event.ts';
import { partKey } from '../model/ids.ts';
import { ensure, existing } from './invariantError.ts';
import { outdatePlan, putJob } from './lookup.ts';

type RestoreEvent = Extract<
  Event,
  { kind: 'clusterRestored' | 'attemptFound' | 'nodeAccounted' | 'restoreSettled' }
>;

export function applyRestore(cluster: Cluster, event: RestoreEvent): void {
  outdatePlan(cluster.lookup);
  switch (event.kind) {
    case 'clusterRestored': {
      const { generation, nextJobId, awaited, complete, atMs } = event;
      ensure(generation > cluster.generation, `generation ${generation} is not new`);
      ensure(nextJobId >= cluster.nextJobId, `job id ${nextJobId} was given before`);
      Object.assign(cluster, { generation, nextJobId });
      cluster.restoring = { restoredMs: atMs, firstNewJob: nextJobId, awaited, complete };
      return;
    }
    case 'attemptFound': {
      const job = existing(cluster.jobs.get(event.job), `job ${event.job}`);
      const key = partKey(event.found.id);
      const others = (job.found ?? []).filter(({ id }) => partKey(id) !== key);
      return putJob(cluster, { ...job, found: [...others, event.found] }, event.atMs);
    }
    case 'nodeAccounted': {
      const restoring = existing(cluster.restoring, 'a restore under way');
      const awaited = restoring.awaited.filter((name) => name !== event.node);
      cluster.restoring = { ...restoring, awaited };
      return;
    }
    case 'restoreSettled':
      cluster.restoring = undefined;
  }
}
