/**
 * One finished run as the speedup report takes it, whatever its source: a job of ours, a line of
 * a CSV. Only complete, un-throttled, un-preempted runs are fitted (docs/speedup.md 1.2); the others are
 * counted and named with the reason.
 */
import type { SegmentTotals } from './segments.ts';

export type SpeedupRun = {
  /** What the user can find it by: a job id, `line 7`. */
  readonly id: string;
  readonly ranks: number;
  readonly seconds: number;
  /** How far off `seconds` may be for every run alike, as a share of it; absent: exact. */
  readonly timeError?: number | undefined;
  readonly nodes?: number | undefined;
  readonly ranksPerNode?: number | undefined;
  readonly threadsPerRank?: number | undefined;
  /** Measured speed of every rank against the reference board; rank 0 does the serial work. */
  readonly weights?: readonly number[] | undefined;
  readonly app?: string | undefined;
  readonly version?: string | undefined;
  readonly size?: number | string | undefined;
  /** Board model or mix of models. */
  readonly model?: string | undefined;
  /** Slurm's state; absent counts as COMPLETED. */
  readonly state?: string | undefined;
  readonly throttled?: boolean | undefined;
  /** Which nodes throttled, where that is known. */
  readonly throttledNodes?: readonly string[] | undefined;
  readonly preempted?: boolean | undefined;
  /** Useful seconds U_i of every rank: neither blocked nor waiting (docs/speedup.md 2.3). */
  readonly useful?: readonly number[] | undefined;
  /** The node of every rank. */
  readonly nodeOfRank?: readonly string[] | undefined;
  /** Totals over the synchronising collectives; splits serial work from imbalance. */
  readonly segments?: SegmentTotals | undefined;
  /** The phase that held most of the serial time. */
  readonly serialPhase?: string | undefined;
  readonly joules?: number | undefined;
};

export type ExclusionReason =
  | 'not completed'
  | 'throttled'
  | 'preempted'
  | 'not a positive time'
  | 'not a rank count'
  | 'weights do not match the ranks'
  | 'repeats another run';

export type ExcludedRun = {
  readonly run: SpeedupRun;
  readonly reason: ExclusionReason;
};

export type SiftedRuns = {
  readonly used: readonly SpeedupRun[];
  readonly excluded: readonly ExcludedRun[];
};

export function siftRuns(runs: readonly SpeedupRun[]): SiftedRuns {
  const used: SpeedupRun[] = [];
  const excluded: ExcludedRun[] = [];
  const ids = new Set<string>();
  for (const run of runs) {
    const reason = ids.has(run.id) ? 'repeats another run' : reasonToExclude(run);
    ids.add(run.id);
    if (reason === undefined) used.push(run);
    else excluded.push({ run, reason });
  }
  return { used, excluded };
}

function reasonToExclude(run: SpeedupRun): ExclusionReason | undefined {
  if (!Number.isInteger(run.ranks) || run.ranks < 1) return 'not a rank count';
  if (!(run.seconds > 0) || !Number.isFinite(run.seconds)) return 'not a positive time';
  if (run.weights && !weightsFit(run.weights, run.ranks)) return 'weights do not match the ranks';
  if (run.preempted || run.state === 'PREEMPTED') return 'preempted';
  if (run.state !== undefined && run.state !== 'COMPLETED' && run.state !== 'CD') {
    return 'not completed';
  }
  return run.throttled ? 'throttled' : undefined;
}

function weightsFit(weights: readonly number[], ranks: number): boolean {
  return weights.length === ranks && weights.every((w) => w > 0 && Number.isFinite(w));
}

/** A run from a draft whose ranks and seconds are known to be there. */
export function siftableRun(draft: Partial<SpeedupRun>, id: string): SpeedupRun {
  const { ranks = Number.NaN, seconds = Number.NaN } = draft;
  return { ...draft, id: draft.id ?? id, ranks, seconds };
}
