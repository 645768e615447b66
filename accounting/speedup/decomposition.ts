/**
 * Why e(p) is what it is (docs/speedup.md 2.3): an exact identity between Karp and Flatt's number, which
 * only knows T and T1, and what was measured inside the run. With D = (P/w0 - 1) T1:
 *   e = [ (P - w0) t_serial + imbalance + P t_transfer + (useful - T1) + P t_other ] / D
 * where useful work is weighted by the speed of its rank, and t_other is the time outside all measured
 * segments (start and end of the job), zero in a pure trace.
 */
import { largestOf } from '../numeric/extremes.ts';
import { pointOf } from './abscissa.ts';
import { karpFlatt } from './measured.ts';
import type { SpeedupRun } from './run.ts';

export type Decomposition = {
  readonly e: number;
  /** Undefined without segments: then `imbalance` holds serial work and imbalance together. */
  readonly serial: number | undefined;
  readonly imbalance: number;
  readonly transfer: number;
  /** Work beyond that of one rank: redundant work, cache misses, heat. Negative: less work. */
  readonly extra: number;
  readonly other: number;
  readonly serialPhase: string | undefined;
};

/** Undefined when the run was not instrumented or had one processor. */
export function decompose(run: SpeedupRun, t1S: number): Decomposition | undefined {
  const point = pointOf(run);
  const { equivalent, serialWeight } = point;
  const e = karpFlatt(t1S, { ...point, seconds: run.seconds });
  const useful = weightedUseful(run);
  if (e === undefined || useful === undefined) return undefined;
  const denominator = (equivalent / serialWeight - 1) * t1S;
  const part = (seconds: number): number => seconds / denominator;
  const { segments, seconds } = run;
  const extra = part(useful - t1S);
  if (!segments) {
    const critical = largestOf(run.useful ?? []);
    return {
      e,
      serial: undefined,
      imbalance: part(equivalent * critical - useful),
      transfer: part(equivalent * (seconds - critical)),
      extra,
      other: 0,
      serialPhase: run.serialPhase,
    };
  }
  const { criticalSeconds, serialSeconds, transferSeconds } = segments;
  const serial = (equivalent - serialWeight) * serialSeconds;
  return {
    e,
    serial: part(serial),
    imbalance: part(equivalent * criticalSeconds - useful - serial),
    transfer: part(equivalent * transferSeconds),
    extra,
    other: part(equivalent * (seconds - criticalSeconds - transferSeconds)),
    serialPhase: run.serialPhase,
  };
}

/** Sum of w_i U_i: per rank where there are weights, else the plain sum. */
function weightedUseful(run: SpeedupRun): number | undefined {
  const { useful, weights, segments, ranks } = run;
  if (weights && useful?.length === weights.length) {
    return useful.reduce((sum, seconds, index) => sum + seconds * (weights[index] ?? 1), 0);
  }
  if (weights?.some((weight) => weight !== weights[0])) return undefined;
  const weight = weights?.[0] ?? 1;
  if (segments) return segments.usefulSeconds * weight;
  if (useful?.length !== ranks) return undefined;
  return useful.reduce((sum, seconds) => sum + seconds, 0) * weight;
}

/** Mean of the parts over the instrumented runs of one point; `e` is their mean e. */
export function meanDecomposition(
  runs: readonly SpeedupRun[],
  t1S: number,
): Decomposition | undefined {
  const parts = runs.map((run) => decompose(run, t1S)).filter((part) => part !== undefined);
  const split = parts.filter((part) => part.serial !== undefined);
  const same = split.length > 0 ? split : parts;
  if (same.length === 0) return undefined;
  const mean = (of: (part: Decomposition) => number): number =>
    same.reduce((sum, part) => sum + of(part), 0) / same.length;
  return {
    e: mean((part) => part.e),
    serial: split.length > 0 ? mean((part) => part.serial ?? 0) : undefined,
    imbalance: mean((part) => part.imbalance),
    transfer: mean((part) => part.transfer),
    extra: mean((part) => part.extra),
    other: mean((part) => part.other),
    serialPhase: same.find((part) => part.serialPhase !== undefined)?.serialPhase,
  };
}

export type Cause = 'serial' | 'imbalance' | 'transfer' | 'extra' | 'other';

/** The largest part: what to fix first. */
export function mainCause(parts: Decomposition): Cause {
  const { serial = 0, imbalance, transfer, extra, other } = parts;
  const ordered: [Cause, number][] = [
    ['serial', serial],
    ['imbalance', imbalance],
    ['transfer', transfer],
    ['extra', extra],
    ['other', other],
  ];
  return ordered.reduce((most, next) => (next[1] > most[1] ? next : most))[0];
}
