import { pibatch } from '../../proto/codec.ts';
import type { ClusterView } from '../model/cluster.ts';
import type { Job } from '../model/job.ts';
import { FINAL_STATES } from '../model/outcome.ts';
import { pendingReason } from '../policy/reason.ts';
import { jobStateName } from '../model/stateName.ts';
import * as check from './fieldCheck.ts';
import type { FinishedFilter, History } from './history.ts';
import { finishedJobRow, liveJobRow } from './jobRow.ts';
import type { ProgressBoard } from './progress.ts';

/** A page of jobs, live and finished, ascending by id. */
export type JobSources = {
  readonly cluster: ClusterView;
  readonly history: History;
  readonly progress: ProgressBoard;
};

const MOST_ROWS = 500;
const MOST_IDS = 1_000;
/** Below the 256 KiB of a message, with room for its frame. */
export const PAGE_BYTES = 200_000;

type Filter = FinishedFilter & { readonly finished: boolean };
type Row = pibatch.JobRow.$Properties;

/** Throws RefusedError. */
export function jobPage(
  sources: JobSources,
  wire: pibatch.ListJobs.$Properties,
): pibatch.JobPage.$Properties {
  const filter = jobFilter(wire);
  const found = [
    ...liveRows(sources, filter),
    ...(filter.finished ? finishedRows(sources, filter) : []),
  ].sort((a, b) => a.id - b.id);
  const jobs: Row[] = [];
  let bytes = 0;
  for (const { row } of found.slice(0, filter.limit)) {
    const fitting = shortened(row());
    bytes += fitting.bytes;
    if (jobs.length > 0 && bytes > PAGE_BYTES) break;
    jobs.push(fitting.row);
  }
  const more = jobs.length < found.length;
  return { jobs, nextAfter: more ? (jobs.at(-1)?.job ?? 0) : 0 };
}

function jobFilter(wire: pibatch.ListJobs.$Properties): Filter {
  const id = { least: 1, most: Number.MAX_SAFE_INTEGER };
  const ids = check.listOf('ids', wire.ids, MOST_IDS).map((each) => check.integer('ids', each, id));
  const states = check
    .listOf('states', wire.states, 32)
    .map((state) => check.line('states', state, 32));
  const asksForFinal = FINAL_STATES.some((state) => states.includes(state));
  const limit = check.integer('limit', wire.limit ?? 0, { least: 0, most: 0xffff_ffff });
  return {
    ids,
    states,
    user: check.line('user', wire.user, 64) || undefined,
    name: check.line('name', wire.name, 128) || undefined,
    account: check.line('account', wire.account, 64) || undefined,
    sweep: check.line('group', wire.group, 128) || undefined,
    sinceMs: check.optionalInteger('since', wire.sinceMs, check.ANY_COUNT),
    untilMs: check.optionalInteger('until', wire.untilMs, check.ANY_COUNT),
    after: check.integer('after', wire.after ?? 0, check.ANY_COUNT),
    limit: Math.min(limit || MOST_ROWS, MOST_ROWS),
    finished: (wire.finished ?? false) || ids.length > 0 || asksForFinal,
  };
}

type Found = { readonly id: number; readonly row: () => Row };

function liveRows({ cluster, progress }: JobSources, filter: Filter): Found[] {
  const rows: Found[] = [];
  const node = (name: Parameters<typeof cluster.nodes.get>[0]) => cluster.nodes.get(name)?.facts;
  for (const job of cluster.jobs.values())
    if (matches(job, filter))
      rows.push({
        id: job.id,
        row: () =>
          liveJobRow(job, {
            progress: progress.of(job),
            reason: pendingReason(cluster, job.id),
            node,
          }),
      });
  return rows;
}

function matches(job: Job, filter: Filter): boolean {
  const { ids, states } = filter;
  const { request } = job;
  const array = job.task?.array;
  return (
    job.id > filter.after &&
    (ids.length === 0 || ids.includes(job.id) || (array !== undefined && ids.includes(array))) &&
    (filter.user === undefined || job.user === filter.user) &&
    (filter.name === undefined || request.name === filter.name) &&
    (filter.account === undefined || request.account === filter.account) &&
    (filter.sweep === undefined || request.group === filter.sweep) &&
    (filter.untilMs === undefined || job.submittedMs <= filter.untilMs) &&
    (states.length === 0 || states.includes(jobStateName(job)))
  );
}

/** One more than a page holds, so that the caller sees whether there is more. */
function finishedRows({ history }: JobSources, filter: Filter): Found[] {
  return history.finished({ ...filter, limit: filter.limit + 1 }).map((record) => ({
    id: record.job,
    row: () => finishedJobRow(record, history.parts(record.job), history.usage(record.job)),
  }));
}

/** A row of very many ranks goes without their usage rather than not at all. */
function shortened(row: Row): { readonly row: Row; readonly bytes: number } {
  const size = (value: Row): number => pibatch.JobRow.encode(value).finish().length;
  const bytes = size(row);
  if (bytes <= PAGE_BYTES) return { row, bytes };
  const short = { ...row, parts: (row.parts ?? []).map((part) => ({ ...part, usage: [] })) };
  return { row: short, bytes: size(short) };
}
