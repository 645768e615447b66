/** What a job's checkpoints cost, and how often it had better make them by the nodes' own history. */
import {
  adviseCheckpoints,
  type CheckpointAdvice,
  type NodeLosses,
} from '../../accounting/checkpointInterval.ts';
import { pibatch } from '../../proto/codec.ts';
import { formatBrief } from '../format/duration.ts';
import type { JobView } from '../jobView.ts';
import type { Session } from '../session.ts';
import { checkpointKind, lastParts, spanSeconds } from './usage.ts';

/** Of the last attempt; seconds. */
export type Checkpoints = {
  readonly made: number;
  /** Of one, by the mean over ranks and checkpoints. */
  readonly costS: number;
  /** The attempt's time by what was made in it. */
  readonly everyS: number;
  readonly seen: NodeLosses;
  readonly advice: CheckpointAdvice | undefined;
};

/** The cluster's history; undefined where no job made a checkpoint, so that nobody asks. */
export async function nodeLossesFor(
  session: Session,
  views: readonly JobView[],
): Promise<NodeLosses | undefined> {
  if (!views.some((view) => checkpointKind(view))) return undefined;
  const { nodeMs, losses } = await session.ask(
    'nodeLosses',
    [pibatch.GetNodeLosses, {}],
    pibatch.NodeLosses,
  );
  return { nodeS: (nodeMs ?? 0) / 1000, losses: losses ?? 0 };
}

/** Undefined for a job that made none. */
export function checkpointsOf(view: JobView, seen: NodeLosses): Checkpoints | undefined {
  const sum = checkpointKind(view);
  if (!sum) return undefined;
  const parts = lastParts(view).filter(({ collectives }) => collectives.length > 0);
  const ranks = parts.reduce((all, part) => all + part.ranks, 0);
  const made = Math.max(1, Math.round(sum.calls / Math.max(1, ranks)));
  const costS = sum.seconds / sum.calls;
  const elapsedMs = Math.max(0, ...lastParts(view).map((part) => part.elapsedMs));
  const everyS = (spanSeconds(view) ?? elapsedMs / 1000) / made;
  const advice = adviseCheckpoints({ costS, everyS, nodes: lastParts(view).length }, seen);
  return { made, costS, everyS, seen, advice };
}

const shareText = (share: number): string =>
  share < 1e-4 ? 'under 0.01%' : `${Number((100 * share).toPrecision(2))}%`;
const secondsText = (seconds: number): string => formatBrief(seconds * 1000);

export const checkpointsText = ({ made, costS, everyS }: Checkpoints): string =>
  `${made} of ${secondsText(costS)}, one every ${secondsText(everyS)} (${shareText(Math.min(1, costS / everyS))} of the time)`;

/** A node's losses, and what follows for the interval. */
export function intervalText({ seen, advice }: Checkpoints): string {
  const time = secondsText(seen.nodeS);
  const lost = seen.losses === 1 ? 'one node was lost' : `${seen.losses || 'no'} nodes were lost`;
  if (!advice)
    return `${lost} in ${time} of node time, too little to say how often a checkpoint pays`;
  const every = secondsText(advice.everyS);
  const mtbf = secondsText(advice.nodeMtbfS);
  if (advice.how === 'atLeast')
    return `no node was lost in ${time} of node time, so at most one in ${mtbf} (95% sure): more often than every ${every} costs more than it saves`;
  const { lostNow, lost: least } = advice;
  const many = `${lost} in ${time} of node time, one every ${mtbf}`;
  return `${many}: one every ${every} would lose least (Daly), ${shareText(least)} of the time; this job's interval, ${shareText(lostNow)}`;
}
