/**
 * The only writer: event -> cluster. Replaying the journal through it rebuilds the cluster,
 * so it decides nothing and reads no time but the event's. Errors: InvariantError, a bug.
 */
import type { Cluster } from '../model/cluster.ts';
import type { Event } from '../model/event.ts';
import { applyJob } from './applyJob.ts';
import { applyNode } from './applyNode.ts';
import { applyPart } from './applyPart.ts';
import { applyReservation } from './applyReservation.ts';
import { applySchedule } from './applySchedule.ts';
import { applyRestore } from './applyRestore.ts';
import { applySuspension } from './applySuspension.ts';
import { addPriorities, changeSettings, setPriorities } from './lookup.ts';

export function apply(cluster: Cluster, event: Event): void {
  switch (event.kind) {
    case 'jobSubmitted':
    case 'jobHeld':
    case 'jobReleased':
    case 'arrayTasksCancelled':
    case 'arrayTaskSplit':
    case 'dependencyChanged':
    case 'jobUpdated':
    case 'jobRequeued':
    case 'jobFinished':
    case 'reasonChanged':
      return applyJob(cluster, event);
    case 'jobAllocated':
    case 'partStarted':
    case 'partEnded':
    case 'attemptEnding':
    case 'checkpointStored':
    case 'checkpointCompleted':
    case 'partAccepted':
    case 'partWired':
    case 'launchResent':
      return applyPart(cluster, event);
    case 'jobSuspended':
    case 'jobResumed':
    case 'partSuspended':
    case 'partResumed':
      return applySuspension(cluster, event);
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
    case 'reservationCreated':
    case 'reservationUpdated':
    case 'reservationMoved':
    case 'reservationRemoved':
      return applyReservation(cluster, event);
    case 'clusterRestored':
    case 'attemptFound':
    case 'nodeAccounted':
    case 'restoreSettled':
      return applyRestore(cluster, event);
    case 'startsPlanned':
      cluster.lookup.planned = {
        starts: event.starts,
        ...(event.bookings && { bookings: event.bookings }),
        ...(event.choices && { choices: event.choices }),
        stale: false,
      };
      cluster.lookup.touched.clear();
      rememberTold(cluster, event);
      return;
    case 'prioritiesSet':
      return setPriorities(cluster, event);
    case 'prioritiesAdded':
      return addPriorities(cluster, event.priorities);
    case 'settingsChanged':
      return changeSettings(cluster, event.settings);
    case 'schedulerStarted':
      cluster.startedMs = event.atMs;
  }
}

function rememberTold(
  { lookup }: Cluster,
  { atMs, starts, told = [] }: Extract<Event, { kind: 'startsPlanned' }>,
): void {
  for (const id of told) {
    const startMs = starts.get(id);
    if (startMs !== undefined) lookup.told.set(id, { saidMs: atMs, startMs });
  }
}
