import { rankLayout } from '../model/rankLayout.ts';
import type { Bus } from '../../proto/bus.ts';
import { decodeMessage, encodeMessage, pibatch } from '../../proto/codec.ts';
import { orderSubject } from '../../proto/subjects.ts';
import type { ClusterView } from '../model/cluster.ts';
import { jobId } from '../model/ids.ts';
import type { Principal } from '../model/input.ts';
import * as check from './fieldCheck.ts';
import type { History } from './history.ts';
import { storedRecordMessage } from './storedBytes.ts';

/** What a job wrote: from its node while it runs, from the history and the blob store after. */
export type OutputSources = {
  readonly cluster: ClusterView;
  readonly history: History;
  readonly bus: Pick<Bus, 'request' | 'putBlob'>;
};

const NODE_ANSWER_MS = 5_000;
const CHUNK_BYTES = 128 * 1024;
/** Inline bytes in one answer; what is beyond goes through the blob store. */
const INLINE_BYTES = 150_000;
const JOB_ID: check.Range = { least: 1, most: Number.MAX_SAFE_INTEGER };

/** Throws RefusedError: no such job, not yours. */
export async function storedList(
  sources: OutputSources,
  by: Principal,
  wire: pibatch.ListStored.$Properties,
): Promise<pibatch.StoredList.$Properties> {
  const id = check.integer('job', wire.job, JOB_ID);
  const live = sources.cluster.jobs.get(jobId(id));
  if (live) {
    mayRead(by, { job: id, owner: live.user });
    return { finished: false, ranks: live.request.ranks, stored: [] };
  }
  const record = sources.history.job(id);
  if (!record) throw new check.RefusedError({ code: 'noSuchJob', job: String(id) });
  mayRead(by, { job: id, owner: record.user });
  const stored = sources.history.stored(id, record.attempt).map(storedRecordMessage);
  await fitInline(sources, stored);
  return { finished: true, ranks: record.ranks, stored };
}

/** Moves the largest inline contents to the blob store until the answer fits a message. */
async function fitInline(
  sources: OutputSources,
  stored: pibatch.StoredBytes.$Properties[],
): Promise<void> {
  let total = stored.reduce((sum, { inline }) => sum + (inline?.length ?? 0), 0);
  const largestFirst = stored
    .map((entry, index) => ({ entry, index }))
    .sort((a, b) => (b.entry.inline?.length ?? 0) - (a.entry.inline?.length ?? 0));
  for (const { entry, index } of largestFirst) {
    if (total <= INLINE_BYTES || !entry.inline) return;
    const sha256 = await sources.bus.putBlob(entry.inline);
    total -= entry.inline.length;
    const { name, sizeBytes, truncated } = entry;
    stored[index] = {
      ...(name !== undefined && { name }),
      ...(sizeBytes !== undefined && { sizeBytes }),
      ...(truncated !== undefined && { truncated }),
      sha256,
    };
  }
}

/** Relays a piece of a running rank's output from its node. Throws RefusedError. */
export async function outputChunk(
  sources: OutputSources,
  by: Principal,
  wire: pibatch.ReadJobOutput.$Properties,
): Promise<pibatch.OutputChunk.$Properties> {
  const id = check.integer('job', wire.job, JOB_ID);
  const rank = check.integer('rank', wire.rank ?? 0, { least: 0, most: 65_535 });
  const offset = check.integer('offset', wire.offset ?? 0, check.ANY_COUNT);
  const limit = check.integer('limit', wire.limit ?? 0, { least: 0, most: 0xffff_ffff });
  const nothing = (missing: string, end: boolean): pibatch.OutputChunk.$Properties => ({
    job: id,
    rank,
    offset,
    missing,
    end,
  });
  const job = sources.cluster.jobs.get(jobId(id));
  if (!job) {
    const record = sources.history.job(id);
    if (!record) throw new check.RefusedError({ code: 'noSuchJob', job: String(id) });
    mayRead(by, { job: id, owner: record.user });
    return nothing('the job is over, its output is stored', true);
  }
  mayRead(by, { job: id, owner: job.user });
  if (job.state.kind !== 'active') return nothing('the job has not started', false);
  const { number, parts } = job.state.attempt;
  const counts = parts.map(({ ranks }) => ranks);
  const layout = rankLayout(counts, job.request.distribution);
  const part = layout.findIndex((ranks) => ranks.includes(rank));
  const node = parts[part]?.node;
  if (node === undefined) check.refuse('rank', rank, `a rank from 0 to ${job.request.ranks - 1}`);
  const request = encodeMessage(pibatch.ReadOutput, {
    id: { job: job.id, attempt: number, part },
    rank,
    offset,
    limit: Math.min(limit || CHUNK_BYTES, CHUNK_BYTES),
  });
  try {
    const answer = await sources.bus.request(orderSubject(node, 'output'), request, {
      deadlineMs: NODE_ANSWER_MS,
      retry: false,
    });
    return decodeMessage(pibatch.OutputChunk, answer);
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    return nothing(`node ${node}: ${text}`, false);
  }
}

function mayRead(by: Principal, job: { readonly job: number; readonly owner: string }): void {
  if (by.role === 'user' && by.user !== job.owner)
    throw new check.RefusedError({ code: 'notYours', ...job });
}
