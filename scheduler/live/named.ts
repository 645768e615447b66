import { checkpointFiles } from '../machine/checkpointFiles.ts';
import type { ClusterView } from '../model/cluster.ts';
import type { JobRequest } from '../model/request.ts';

/** What live jobs and schedules still name: it may not be pruned. */

/** Jobs that waiting ones wait for, live or over. */
export function waitedFor(cluster: ClusterView): ReadonlySet<number> {
  const jobs = new Set<number>();
  for (const { request } of cluster.jobs.values())
    for (const term of request.dependency?.terms ?? []) if ('job' in term) jobs.add(term.job);
  return jobs;
}

/** The sha256 of kernels, inputs and checkpoints. */
export function namedFiles(cluster: ClusterView): ReadonlySet<string> {
  const files = new Set<string>();
  for (const job of cluster.jobs.values()) {
    for (const sha256 of requestFiles(job.request)) files.add(sha256);
    for (const sha256 of checkpointFiles(job)) files.add(sha256);
  }
  for (const { request } of cluster.schedules.values())
    for (const sha256 of requestFiles(request)) files.add(sha256);
  return files;
}

export const requestFiles = ({ program, payload }: JobRequest): readonly string[] => [
  ...(program.kind === 'kernel' ? [program.sha256] : []),
  ...payload.inputs.map(({ sha256 }) => sha256),
];
