import { statSync } from 'node:fs';
import { decodeMessage, pibatch } from '../../proto/codec.ts';
import type { UserVerb } from '../../proto/subjects.ts';
import type { Settings } from '../model/cluster.ts';
import type { NodeName } from '../model/ids.ts';
import type { Principal } from '../model/input.ts';
import { timeMs } from '../model/time.ts';
import { reservationNow } from '../policy/withdrawals.ts';
import { explanation } from './explanation.ts';
import * as check from './fieldCheck.ts';
import { jobPage, type JobSources, PAGE_BYTES } from './jobQuery.ts';
import { nodeRow } from './nodeRow.ts';
import { nodeLosses } from './nodeLosses.ts';
import { type OutputSources, outputChunk, storedList } from './outputQuery.ts';
import { fairShareTree, priorityList } from './priorityQuery.ts';
import { bodyReply } from './reply.ts';
import { reservationList } from './reservationMessage.ts';
import { startAccuracy } from './startAccuracy.ts';
import { usageReport } from './usageQuery.ts';
import { scheduleRow } from './scheduleRow.ts';

/** Questions: answered from committed state between two batches, never inside one. */
export type QuerySources = JobSources &
  OutputSources & {
    readonly clusterName: string;
    readonly version: string;
    readonly startedMs: number;
    /** Loop and journal figures for administrators. */
    counters(): Readonly<Record<string, number>>;
    /** Resolves to where it is. One at a time: who asks meanwhile gets that one. */
    takeBackup(): Promise<string>;
  };

export const QUERY_VERBS = [
  'jobs',
  'usage',
  'explain',
  'nodes',
  'result',
  'output',
  'schedules',
  'reservations',
  'cluster',
  'settings',
  'priorities',
  'fairShare',
  'startAccuracy',
  'nodeLosses',
  'backup',
] as const;
export type QueryVerb = (typeof QUERY_VERBS)[number];
export const isQueryVerb = (verb: UserVerb): verb is QueryVerb =>
  QUERY_VERBS.some((known) => known === verb);

/** The encoded Reply. Throws RefusedError, BadMessageError. */
export async function answerQuery(
  sources: QuerySources,
  ask: {
    readonly by: Principal;
    readonly verb: QueryVerb;
    readonly data: Uint8Array;
    /** Before a list of jobs without ids, which make it a short one, is answered. */
    readonly onWholeList: () => void;
  },
): Promise<Uint8Array> {
  const { by, verb, data } = ask;
  switch (verb) {
    case 'jobs': {
      const wire = decodeMessage(pibatch.ListJobs, data);
      if (wire.ids.length === 0) ask.onWholeList();
      return bodyReply(pibatch.JobPage, jobPage(sources, wire));
    }
    case 'usage': {
      const wire = decodeMessage(pibatch.GetUsage, data);
      return bodyReply(pibatch.UsageReport, usageReport(sources.history.database, wire));
    }
    case 'explain': {
      const wire = decodeMessage(pibatch.ExplainJob, data);
      return bodyReply(pibatch.Explanation, explanation(sources, wire, Date.now()));
    }
    case 'nodes':
      return bodyReply(pibatch.NodeList, nodeList(sources));
    case 'result': {
      const wire = decodeMessage(pibatch.ListStored, data);
      return bodyReply(pibatch.StoredList, await storedList(sources, by, wire));
    }
    case 'output': {
      const wire = decodeMessage(pibatch.ReadJobOutput, data);
      return bodyReply(pibatch.OutputChunk, await outputChunk(sources, by, wire));
    }
    case 'schedules': {
      const wire = decodeMessage(pibatch.ListSchedules, data);
      return bodyReply(pibatch.ScheduleList, scheduleList(sources, by, wire));
    }
    case 'reservations':
      return bodyReply(pibatch.ReservationList, reservationList(sources.cluster, Date.now()));
    case 'priorities': {
      const wire = decodeMessage(pibatch.ListPriorities, data);
      const list = priorityList(sources.cluster, wire, timeMs(Date.now()));
      return bodyReply(pibatch.PriorityList, list);
    }
    case 'fairShare':
      return bodyReply(pibatch.FairShareTree, fairShareTree(sources.cluster, timeMs(Date.now())));
    case 'startAccuracy':
      return bodyReply(pibatch.StartAccuracy, startAccuracy(sources.history.database));
    case 'nodeLosses':
      return bodyReply(pibatch.NodeLosses, nodeLosses(sources.history.database));
    case 'settings':
      return bodyReply(pibatch.SettingsInForce, {
        settingsJson: JSON.stringify(sources.cluster.settings),
      });
    case 'backup':
      return bodyReply(pibatch.BackupTaken, await takeBackup(sources, by));
    case 'cluster':
      return bodyReply(pibatch.ClusterInfo, clusterInfo(sources));
  }
}

async function takeBackup(
  sources: QuerySources,
  { role }: Principal,
): Promise<pibatch.BackupTaken.$Properties> {
  if (role !== 'admin') throw new check.RefusedError({ code: 'notAllowed', verb: 'backup', role });
  const path = await sources.takeBackup();
  return { path, sizeBytes: statSync(path).size };
}

function nodeList({ cluster }: QuerySources): pibatch.NodeList.$Properties {
  const nodes: pibatch.NodeRow.$Properties[] = [];
  let bytes = 0;
  for (const node of cluster.nodes.values()) {
    const holding = cluster.lookup.holdings.get(node.name);
    if (!holding) continue;
    const reserved = reservationNow(cluster, node.name, timeMs(Date.now()));
    const partition = partitionsOf(cluster.settings, node.name);
    const row = nodeRow(node, { holding, partition, reserved });
    bytes += pibatch.NodeRow.encode(row).finish().length;
    // Rather short rows than no answer: warnings and job lists go first.
    nodes.push(
      bytes < PAGE_BYTES ? row : { ...row, jobs: [], facts: { ...row.facts, warnings: [] } },
    );
  }
  return { nodes };
}

/** As sinfo names them: the default with a star. */
const partitionsOf = ({ partitions }: Settings, node: NodeName): string =>
  partitions
    .flatMap(({ name, nodes }, at) =>
      nodes?.includes(node) === false ? [] : [at === 0 ? `${name}*` : name],
    )
    .join(',');

const MOST_RUNS = 100;

function scheduleList(
  { cluster, history }: QuerySources,
  by: Principal,
  wire: pibatch.ListSchedules.$Properties,
): pibatch.ScheduleList.$Properties {
  const user = check.line('user', wire.user, 64) || by.user;
  const name = check.line('name', wire.name, 128);
  const asked = check.integer('history', wire.history ?? 0, { least: 0, most: 0xffff_ffff });
  const schedules: pibatch.ScheduleRow.$Properties[] = [];
  let bytes = 0;
  for (const schedule of cluster.schedules.values()) {
    if (user !== '*' && schedule.user !== user) continue;
    if (name !== '' && schedule.name !== name) continue;
    const limit = bytes < PAGE_BYTES ? Math.min(asked, MOST_RUNS) : 0;
    const row = scheduleRow(schedule, history.runs(schedule.user, schedule.name, limit));
    bytes += pibatch.ScheduleRow.encode(row).finish().length;
    schedules.push(row);
  }
  return { schedules };
}

function clusterInfo(sources: QuerySources): pibatch.ClusterInfo.$Properties {
  const { cluster } = sources;
  let cores = 0;
  for (const { facts } of cluster.nodes.values()) cores += facts.cores.length;
  return {
    name: sources.clusterName,
    version: sources.version,
    generation: cluster.generation,
    nodes: cluster.nodes.size,
    cores,
    liveJobs: cluster.jobs.size,
    startedMs: sources.startedMs,
    countersJson: JSON.stringify(sources.counters()),
    nextJob: cluster.nextJobId,
  };
}
