/**
 * How often a job should keep its state. M: the job's mean time between failures, that of a node
 * divided by its nodes (independent, exponentially distributed); C: what one checkpoint costs. All
 * in seconds. Restarts cost the same at every interval and change no optimum.
 *
 * J. W. Young, A first order approximation to the optimum checkpoint interval, CACM 17 (1974).
 * J. T. Daly, A higher order estimate of the optimum checkpoint interval for restart dumps, FGCS 22 (2006).
 */
export type CheckpointCost = { readonly costS: number; readonly mtbfS: number };

/** Work between two checkpoints, to first order in C / M: for C far below M. */
export const youngInterval = ({ costS, mtbfS }: CheckpointCost): number =>
  Math.sqrt(2 * costS * mtbfS);

/** Work between two checkpoints (Daly's equation 37): within 1 % of the least time for C below M / 2. */
export function dalyInterval({ costS, mtbfS }: CheckpointCost): number {
  if (costS >= 2 * mtbfS) return mtbfS;
  const x = costS / (2 * mtbfS);
  return youngInterval({ costS, mtbfS }) * (1 + Math.sqrt(x) / 3 + x / 9) - costS;
}

/**
 * Share of a job's time, 0 to 1, that goes into checkpoints and into work done again when after
 * every `workS` of work one is made; Daly's equation 20 without restarts, exact for
 * exponentially distributed failures. To first order C / workS + workS / 2M.
 */
export const lostShare = ({ costS, mtbfS }: CheckpointCost, workS: number): number =>
  1 - workS / mtbfS / Math.expm1((workS + costS) / mtbfS);

/** How long nodes were at work, summed over nodes, and how often one was lost meanwhile. */
export type NodeLosses = { readonly nodeS: number; readonly losses: number };

/** A node's mean time between failures; `atLeast`: no failure was seen, so it is a bound. */
export type NodeMtbf = { readonly how: 'measured' | 'atLeast'; readonly seconds: number };

/** Less than a day of one node says nothing about the next weeks. */
const LEAST_NODE_S = 86_400;
/** -ln 0.05: where nothing was seen of a Poisson process, its mean is below 3 with 95 % confidence. */
const RULE_OF_THREE = 3;

/** Undefined where too little was seen. */
export function nodeMtbf({ nodeS, losses }: NodeLosses): NodeMtbf | undefined {
  if (!(nodeS >= LEAST_NODE_S)) return undefined;
  return losses === 0
    ? { how: 'atLeast', seconds: nodeS / RULE_OF_THREE }
    : { how: 'measured', seconds: nodeS / losses };
}

export type CheckpointAdvice = {
  readonly how: NodeMtbf['how'];
  readonly nodeMtbfS: number;
  /** From one checkpoint to the next, it included; with a bound, the shortest worth while. */
  readonly everyS: number;
  /** Shares of the job's time, expected at `everyS` and at what it did; with a bound, at most. */
  readonly lost: number;
  readonly lostNow: number;
};

/** For a job on `nodes` nodes that made a checkpoint of `costS` every `everyS`. Undefined where too little was seen. */
export function adviseCheckpoints(
  job: { readonly costS: number; readonly everyS: number; readonly nodes: number },
  seen: NodeLosses,
): CheckpointAdvice | undefined {
  const mtbf = nodeMtbf(seen);
  if (!mtbf) return undefined;
  const cost = { costS: job.costS, mtbfS: mtbf.seconds / Math.max(1, job.nodes) };
  const workS = dalyInterval(cost);
  return {
    how: mtbf.how,
    nodeMtbfS: mtbf.seconds,
    everyS: workS + job.costS,
    lost: lostShare(cost, workS),
    lostNow: lostShare(cost, Math.max(0, job.everyS - job.costS)),
  };
}
