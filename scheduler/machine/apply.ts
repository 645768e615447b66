/**
 * The only writer: event -> cluster. Replaying the journal through it rebuilds the cluster,
 * so it decides nothing and reads no time but the event's. Errors: InvariantError, a bug.
 */
import type { Cluster } from '../model/cluster.ts';
import type { Event } from '../model/event.ts';
import { applyJob } from './applyJob.ts';
import { applyNode } from './applyNode.ts';
import { applyPart } from './applyPart.ts';
import { applySchedule } from './applySchedule.ts';

export function apply(cluster: Cluster, event: Event): void {
  switch (event.kind) {
    case 'jobSubmitted':
    case 'jobHeld':
    case 'jobReleased':
    case 'arrayTasksCancelled':
    case 'arrayTaskSplit':
    case 'dependencyChanged':
    case 'jobRequeued':
    case 'jobFinished':
    case 'reasonChanged':
      return applyJob(cluster, event);
    case 'jobAllocated':
    case 'partStarted':
    case 'partEnded':
    case 'attemptEnding':
    case 'partAccepted':
    case 'launchResent':
      return applyPart(cluster, event);
    case 'nodeJoined':
    case 'nodeChanged':
    case 'nodeFenced':
    case 'nodeWentSilent':
    case 'nodeWentDown':
    case 'nodeReturned':
    case 'nodeDrained':
    case 'nodeResumed':
    case 'nodeHeard':
      return applyNode(cluster, event);
    case 'scheduleCreated':
    case 'schedulePaused':
    case 'scheduleRemoved':
    case 'scheduleResumed':
    case 'scheduleRan':
      return applySchedule(cluster, event);
    case 'startsPlanned':
      cluster.lookup.planned = { starts: event.starts, stale: false };
      return;
    case 'schedulerStarted':
      cluster.startedMs = event.atMs;
  }
}
