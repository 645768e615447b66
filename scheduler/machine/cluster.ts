import type { Cluster, Settings } from '../model/cluster.ts';
import { createLookup } from './lookup.ts';

/** An empty cluster. `generation` rises by one whenever a backup is restored. */
export function createCluster(settings: Settings, generation: number): Cluster {
  return {
    settings,
    generation,
    nextJobId: 1,
    jobs: new Map(),
    nodes: new Map(),
    schedules: new Map(),
    reservations: new Map(),
    requests: new Map(),
    recentRunsMs: new Map(),
    recentStarts: [],
    accountUse: new Map(),
    startedMs: undefined,
    lookup: createLookup(),
  };
}
