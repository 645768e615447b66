import { decodeMessage, pibatch } from '../../proto/codec.ts';
import type { ClusterView } from '../model/cluster.ts';
import type { Principal } from '../model/input.ts';
import type { FileKeeper } from './fileKeeper.ts';
import * as check from './fieldCheck.ts';
import type { Journal } from './journal.ts';
import { waitedFor } from './named.ts';
import { countOld } from './pruning.ts';
import { bodyReply } from './reply.ts';

export type PruneParts = {
  readonly cluster: ClusterView;
  readonly journal: Journal;
  readonly files: FileKeeper;
  readonly nowMs: () => number;
};

/** What one answer removes, so that the loop is never held up for long. */
const MOST_JOBS = 500;
const MOST_FILES = 500;
const UNCOUNTED = Number.MAX_SAFE_INTEGER;

/** `pictl prune`, a piece at a time: the encoded Reply. Throws RefusedError, BadMessageError, BlobStoreError. */
export async function answerPrune(
  parts: PruneParts,
  ask: { readonly by: Principal; readonly data: Uint8Array },
): Promise<Uint8Array> {
  const { role } = ask.by;
  if (role === 'user') throw new check.RefusedError({ code: 'notAllowed', verb: 'prune', role });
  const wire = decodeMessage(pibatch.Prune, ask.data);
  const dryRun = wire.dryRun ?? false;
  const beforeMs =
    check.optionalInteger('before', wire.beforeMs, check.ANY_COUNT) ?? configured(parts, wire);
  if (beforeMs === undefined) return bodyReply(pibatch.Pruned, {});
  const pruned = wire.files
    ? await parts.files.collect({ beforeMs, most: MOST_FILES, dryRun })
    : pruneJobs(parts, { beforeMs, dryRun });
  return bodyReply(pibatch.Pruned, { ...pruned, beforeMs });
}

function configured({ cluster, nowMs }: PruneParts, wire: pibatch.Prune): number | undefined {
  const { jobsMs, filesMs } = cluster.settings.retention ?? {};
  const kept = wire.files ? filesMs : jobsMs;
  return kept === undefined ? undefined : Math.max(0, nowMs() - kept);
}

function pruneJobs(
  { cluster, journal }: PruneParts,
  { beforeMs, dryRun }: { readonly beforeMs: number; readonly dryRun: boolean },
): { readonly jobs: number; readonly more: boolean } {
  const pruning = { beforeMs, keep: waitedFor(cluster), most: dryRun ? UNCOUNTED : MOST_JOBS };
  if (dryRun) return { jobs: countOld(journal.database, pruning), more: false };
  const jobs = journal.pruneJobs(pruning);
  return { jobs, more: jobs === MOST_JOBS };
}
