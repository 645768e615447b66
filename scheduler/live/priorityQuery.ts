import type { pibatch } from '../../proto/codec.ts';
import type { ClusterView } from '../model/cluster.ts';
import type { Job } from '../model/job.ts';
import type { TimeMs } from '../model/time.ts';
import { fairShare, halfLifeMs } from '../policy/fairShare.ts';
import { prioritiser } from '../policy/priority.ts';
import * as check from './fieldCheck.ts';

/** What orders the queue: priorities of waiting jobs and the tree of fair-share. */
const MOST_ROWS = 1_000;
const MOST_USERS = 100;

/** The first of them in queue order. Throws RefusedError naming the field. */
export function priorityList(
  view: ClusterView,
  wire: pibatch.ListPriorities.$Properties,
  atMs: TimeMs,
): pibatch.PriorityList.$Properties {
  const ids = new Set(check.listOf('ids', wire.ids, MOST_ROWS));
  const users = new Set(check.listOf('users', wire.users, MOST_USERS));
  const wanted = (job: Job): boolean =>
    (ids.size === 0 || ids.has(job.id) || (job.task !== undefined && ids.has(job.task.array))) &&
    (users.size === 0 || users.has(job.user));
  const weigh = prioritiser(view, atMs);
  const jobs: pibatch.PriorityRow.$Properties[] = [];
  let more = 0;
  for (const id of [...view.lookup.ready, ...view.lookup.delayed]) {
    const job = view.jobs.get(id);
    if (!job || !wanted(job)) continue;
    if (jobs.length < MOST_ROWS) jobs.push(rowOf(job, weigh(job)));
    else more += 1;
  }
  return { jobs, more, weighed: view.settings.priority !== undefined };
}

function rowOf(
  job: Job,
  { partition, qos, ...terms }: ReturnType<ReturnType<typeof prioritiser>>,
): pibatch.PriorityRow.$Properties {
  const { request } = job;
  return {
    job: job.id,
    name: request.name,
    user: job.user,
    account: request.account,
    partition: request.partition,
    qos: request.qos ?? '',
    ...terms,
    partitionPoints: partition,
    qosPoints: qos,
  };
}

export const fairShareTree = (
  view: ClusterView,
  atMs: TimeMs,
): pibatch.FairShareTree.$Properties => ({
  rows: fairShare(view, atMs).map(({ user, factorMillionths, ...row }) => ({
    ...row,
    ...(user !== undefined && { user }),
    ...(factorMillionths !== undefined && { factorMillionths }),
  })),
  halfLifeMs: halfLifeMs(view.settings),
});
