/** Event -> effects: what the world must be told, in the light of the cluster after the step. */
import type { ClusterView } from '../model/cluster.ts';
import { scheduleKey } from '../model/cluster.ts';
import type { Effect } from '../model/effect.ts';
import type { Event } from '../model/event.ts';
import type { JobId } from '../model/ids.ts';
import type { Job } from '../model/job.ts';
import { jobStateName } from '../model/stateName.ts';
import { attemptDeadline } from './attemptWatch.ts';
import { endOrders, launchOrder, termsOrders, wireOrders } from './orders.ts';
import { pendingDeadline } from './deadline.ts';
import { nodeDeadline } from './nodeWatch.ts';
import { reservationDeadline } from './reservationWatch.ts';
import { wakeEffect } from './wake.ts';

export function react(view: ClusterView, event: Event): readonly Effect[] {
  switch (event.kind) {
    case 'jobSubmitted':
      return [...announce(view, event.job.id), ...wakeForPending(view, event.job.id)];
    case 'jobRequeued':
      return [...announce(view, event.job), ...wakeForPending(view, event.job)];
    case 'jobUpdated':
      return [
        ...announce(view, event.job),
        ...wakeForPending(view, event.job),
        ...termsChanged(view, event.job),
      ];
    case 'jobReleased':
    case 'dependencyChanged':
      return wakeForPending(view, event.job);
    case 'jobAllocated':
      return [...launches(view, event), ...announce(view, event.job), ...chase(view, event.job)];
    case 'partStarted':
      return started(view, view.jobs.get(event.part.job));
    case 'jobSuspended':
    case 'jobResumed':
      return [...termsChanged(view, event.job), ...announce(view, event.job)];
    case 'partWired':
    case 'partResumed':
      return chase(view, event.part.job);
    case 'attemptEnding': {
      const job = view.jobs.get(event.job);
      return job ? [...endOrders(job, undefined), ...announce(view, job.id)] : [];
    }
    case 'jobFinished':
      return [{ kind: 'announceJob', job: event.job, user: event.user, state: event.end.state }];
    case 'nodeJoined':
      return wakeEffect(nodeDeadline(view, event.node));
    case 'scheduleCreated': {
      const { user, name } = event.schedule;
      return wakeEffect(view.schedules.get(scheduleKey(user, name))?.nextMs);
    }
    case 'scheduleResumed':
    case 'scheduleRan':
      return wakeEffect(event.nextMs);
    case 'reservationCreated':
    case 'reservationUpdated':
      return wakeEffect(reservationDeadline(event.reservation, event.atMs));
    case 'clusterRestored':
    case 'attemptFound':
    case 'nodeAccounted':
    case 'restoreSettled':
    case 'jobHeld':
    case 'arrayTasksCancelled':
    case 'arrayTaskSplit':
    case 'partEnded':
    case 'partSuspended':
    case 'partAccepted':
    case 'launchResent':
    case 'checkpointStored':
    case 'checkpointCompleted':
    case 'reasonChanged':
    case 'startsPlanned':
    case 'prioritiesSet':
    case 'prioritiesAdded':
    case 'nodeChanged':
    case 'nodeFenced':
    case 'nodeWentSilent':
    case 'nodeWentDown':
    case 'nodeReturned':
    case 'nodeDrained':
    case 'nodeResumed':
    case 'nodeHeard':
    case 'schedulePaused':
    case 'scheduleRemoved':
    case 'reservationMoved':
    case 'reservationRemoved':
    case 'settingsChanged':
    case 'schedulerStarted':
      return [];
  }
}

function announce(view: ClusterView, id: JobId): Effect[] {
  const job = view.jobs.get(id);
  return job ? [{ kind: 'announceJob', job: id, user: job.user, state: jobStateName(job) }] : [];
}

function launches(view: ClusterView, event: Extract<Event, { kind: 'jobAllocated' }>): Effect[] {
  return event.parts.flatMap((_, part) => {
    const order = launchOrder(view, { job: event.job, attempt: event.attempt, part });
    return order ? [order] : [];
  });
}

function started(view: ClusterView, job: Job | undefined): readonly Effect[] {
  if (!job || jobStateName(job) !== 'RUNNING') return [];
  return [...wireOrders(job, undefined), ...announce(view, job.id), ...chase(view, job.id)];
}

function termsChanged(view: ClusterView, id: JobId): readonly Effect[] {
  const job = view.jobs.get(id);
  return job?.state.kind === 'active' ? [...termsOrders(job, undefined), ...chase(view, id)] : [];
}

function chase(view: ClusterView, id: JobId): readonly Effect[] {
  const job = view.jobs.get(id);
  return job ? wakeEffect(attemptDeadline(view, job)) : [];
}

/** When it becomes eligible, and when it is too late for it. */
function wakeForPending(view: ClusterView, id: JobId): readonly Effect[] {
  const state = view.jobs.get(id)?.state;
  if (state?.kind !== 'pending') return [];
  const eligible = view.lookup.delayed.has(id) ? wakeEffect(state.eligibleMs) : [];
  return [...eligible, ...wakeEffect(pendingDeadline(view, id))];
}
