import { pibatch } from '../../proto/codec.ts';
import type { ClusterView } from '../model/cluster.ts';
import type { Job } from '../model/job.ts';
import { FINAL_STATES } from '../model/outcome.ts';
import { timeMs } from '../model/time.ts';
import { createLimiter, type Limiter } from '../policy/limiter.ts';
import { pendingReason } from '../policy/reason.ts';
import { jobStateName } from '../model/stateName.ts';
import * as check from './fieldCheck.ts';
import type { FinishedFilter, FinishedPage } from './finishedJobs.ts';
import type { History } from './history.ts';
import type { JobRecord, PartRecord, UsageRecord } from './historyRecord.ts';
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
export const PAGE_BYTES = 230_000;

type Filter = FinishedFilter & { readonly finished: boolean; readonly withoutRanks: boolean };
type Row = pibatch.JobRow.$Properties;
const NOTHING: FinishedPage = { jobs: [], upTo: undefined };

/** Throws RefusedError. */
export function jobPage(
  sources: JobSources,
  wire: pibatch.ListJobs.$Properties,
): pibatch.JobPage.$Properties {
  const filter = jobFilter(wire);
  // One more than a page holds, so that the caller sees whether there is more.
  const over = filter.finished
    ? sources.history.finished({ ...filter, limit: filter.limit + 1 })
    : NOTHING;
  const { upTo = Number.MAX_SAFE_INTEGER } = over;
  const found = [
    ...liveJobs(sources, filter).filter(({ id }) => id <= upTo),
    ...over.jobs.map((record) => ({ id: record.job, over: record })),
  ].sort((a, b) => a.id - b.id);
  const chosen = found.slice(0, filter.limit);
  const details = detailsOf(sources, chosen, filter);
  const jobs: Row[] = [];
  let bytes = 0;
  for (const each of chosen) {
    const fitting = shortened(rowOf(sources, each, details));
    bytes += fitting.bytes;
    if (jobs.length > 0 && bytes > PAGE_BYTES) break;
    jobs.push(fitting.row);
  }
  const more = jobs.length < found.length;
  return { jobs, nextAfter: more ? (jobs.at(-1)?.job ?? 0) : (over.upTo ?? 0) };
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
    withoutRanks: wire.withoutRanks ?? false,
    finished: (wire.finished ?? false) || ids.length > 0 || asksForFinal,
  };
}

type Found = { readonly id: number } & ({ readonly live: Job } | { readonly over: JobRecord });
type Details = {
  readonly parts: ReadonlyMap<number, readonly PartRecord[]>;
  readonly usage: ReadonlyMap<number, readonly UsageRecord[]>;
  readonly limiter: Limiter;
};

const liveJobs = ({ cluster }: JobSources, filter: Filter): Found[] =>
  [...cluster.jobs.values()]
    .filter((job) => matches(job, filter))
    .map((live) => ({ id: live.id, live }));

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

/** For the whole page at once: parts and usage of finished jobs, and what limits the waiting. */
function detailsOf(
  { cluster, history }: JobSources,
  chosen: readonly Found[],
  { withoutRanks }: Filter,
): Details {
  const ids = chosen.filter((each) => 'over' in each).map(({ id }) => id);
  const usage = withoutRanks ? new Map<number, UsageRecord[]>() : history.usage(ids);
  const limiter = createLimiter(cluster, timeMs(Date.now()));
  return { parts: history.parts(ids), usage, limiter };
}

function rowOf({ cluster, progress }: JobSources, found: Found, details: Details): Row {
  if ('over' in found)
    return finishedJobRow(
      found.over,
      details.parts.get(found.id) ?? [],
      details.usage.get(found.id) ?? [],
    );
  const { planned } = cluster.lookup;
  return liveJobRow(found.live, {
    expectedStartMs: planned.stale ? undefined : planned.starts.get(found.live.id),
    progress: progress.of(found.live),
    reason: pendingReason(cluster, found.live.id, details.limiter),
    node: (name) => cluster.nodes.get(name)?.facts,
  });
}

/** A row of very many ranks goes without their usage rather than not at all. */
function shortened(row: Row): { readonly row: Row; readonly bytes: number } {
  const bytes = mostRowBytes(row);
  if (bytes <= PAGE_BYTES) return { row, bytes };
  const short = { ...row, parts: (row.parts ?? []).map((part) => ({ ...part, usage: [] })) };
  return { row: short, bytes: mostRowBytes(short) };
}

/** What a row takes at most: encoding it only to measure it would cost as much as the answer. */
function mostRowBytes(row: Row): number {
  let bytes = 250 + (row.wishes ? wishBytes(row.wishes) : 0);
  for (const value of Object.values(row)) if (typeof value === 'string') bytes += textBytes(value);
  for (const node of row.nodes ?? []) bytes += 3 + textBytes(node);
  for (const { model, node, outcome, segments, usage, collectives } of row.parts ?? []) {
    const texts = [model, node, outcome, segments?.serialPhase];
    bytes += 180 + 90 * (usage ?? []).length + 60 * (collectives ?? []).length;
    for (const text of texts) bytes += textBytes(text ?? '');
  }
  return bytes;
}

const textBytes = (text: string): number => Buffer.byteLength(text);
const wishBytes = (wishes: pibatch.Wishes.$Properties): number =>
  pibatch.Wishes.encode(wishes).finish().length;
