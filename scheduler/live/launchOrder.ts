import type { pibatch } from '../../proto/codec.ts';
import type { Launch } from '../model/effect.ts';
import type { PartId } from '../model/ids.ts';
import { timeLimitOf } from '../model/job.ts';
import { rankLayout } from '../model/rankLayout.ts';
import { jobSpec } from './jobRequest.ts';

/** What an agent gets to start its part: the whole attempt, so that ranks know their peers. */
export function launchOrder(
  id: PartId,
  launch: Launch,
  cluster: {
    readonly generation: number;
    readonly name: string;
    readonly secret: Uint8Array;
  },
): pibatch.LaunchOrder.$Properties {
  const { job, part, parts, weights } = launch;
  return {
    generation: cluster.generation,
    id,
    epoch: part.epoch,
    user: job.user,
    spec: jobSpec({ ...job.request, timeLimitMs: timeLimitOf(job) }),
    parts: parts.map((each, index) => ({
      node: each.node,
      firstRank: each.firstRank,
      ranks: each.ranks,
      cores: [...each.cores],
      memoryBytes: each.memoryBytes,
      weight: weights[index] ?? 1,
    })),
    secret: cluster.secret,
    submittedMs: job.submittedMs,
    startedMs: job.state.kind === 'active' ? job.state.attempt.startedMs : 0,
    ...(job.task && { arrayJob: job.task.array, arrayTask: job.task.index }),
    restarts: job.restarts,
    clusterName: cluster.name,
    ...restoredFrom(launch),
  };
}

/** The states of the part's own ranks; none when the job now runs on another number of ranks. */
function restoredFrom({
  job,
  part,
  parts,
}: Launch): Pick<pibatch.LaunchOrder.$Properties, 'restored'> {
  const { checkpoint } = job;
  const ranks = parts.reduce((sum, each) => sum + each.ranks, 0);
  if (checkpoint?.files.length !== ranks) return {};
  const counts = parts.map((each) => each.ranks);
  const layout = rankLayout(counts, job.request.distribution);
  const own = layout[parts.findIndex(({ firstRank }) => firstRank === part.firstRank)] ?? [];
  const files = own.flatMap((rank) => checkpoint.files[rank] ?? []);
  return { restored: { sequence: checkpoint.sequence, files: files.map((file) => ({ ...file })) } };
}
