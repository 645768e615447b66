import type { Cluster } from '../model/cluster.ts';
import type { Event } from '../model/event.ts';

/**
 * Events and clusters as JSON, as the journal keeps them. What is read back was written by
 * this file in this or an older version; a body that does not parse is a damaged journal.
 */

export const encodeEvent = (event: Event): string => JSON.stringify(event);

/** Throws when the text is no event. */
export function decodeEvent(text: string): Event {
  const value: unknown = JSON.parse(text);
  if (typeof value !== 'object' || value === null || !('kind' in value) || !('atMs' in value))
    throw new Error(`not an event: ${text.slice(0, 80)}`);
  return value as Event;
}

/** The cluster without its settings (cluster.json has them), its lookup and what reports say anew. */
export function encodeCluster(cluster: Cluster): string {
  const nodes = [...cluster.nodes].map(([name, node]) => [name, { ...node, heard: undefined }]);
  return JSON.stringify({
    generation: cluster.generation,
    nextJobId: cluster.nextJobId,
    jobs: [...cluster.jobs],
    nodes,
    schedules: [...cluster.schedules],
    requests: [...cluster.requests],
  });
}

type EncodedCluster = {
  readonly generation: number;
  readonly nextJobId: number;
  readonly jobs: readonly (readonly [never, never])[];
  readonly nodes: readonly (readonly [never, never])[];
  readonly schedules: readonly (readonly [string, never])[];
  readonly requests: readonly (readonly [string, never])[];
};

/** Fills an empty cluster, as `createCluster` made it; its lookup must then be rebuilt. */
export function decodeClusterInto(cluster: Cluster, text: string): void {
  const read = JSON.parse(text) as EncodedCluster;
  cluster.generation = read.generation;
  cluster.nextJobId = read.nextJobId;
  for (const [id, job] of read.jobs) cluster.jobs.set(id, job);
  for (const [name, node] of read.nodes) cluster.nodes.set(name, node);
  for (const [key, schedule] of read.schedules) cluster.schedules.set(key, schedule);
  for (const [key, id] of read.requests) cluster.requests.set(key, id);
}
