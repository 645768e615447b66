/**
 * Weak scaling (docs/speedup.md 1.2): the size grows with P, so the time should stay. E_w = T1 / T, scaled
 * speedup P E_w, Gustafson's serial share s = (P - S) / (P - 1) of the parallel run, and how the time
 * grows: T = T1 [ 1 + lambda log2 p ] or T1 [ 1 + kappa (p - 1) ], averaged as the strong models are.
 */
import type { Abscissa, Point } from './abscissa.ts';
import {
  averageSeconds,
  type CandidateSet,
  fitCandidates,
  type Interval,
  secondsEnvelope,
} from './candidates.ts';
import { type Finding, findingsOnFit } from './finding.ts';
import { gustafsonShare } from './measured.ts';
import { type ModelName, WEAK_CANDIDATES } from './model.ts';

export type WeakRow = {
  readonly ranks: number;
  readonly equivalent: number;
  readonly seconds: number;
  readonly efficiency: number;
  readonly scaledSpeedup: number;
  readonly gustafson: number | undefined;
  readonly modelSeconds: number;
};

export type WeakPrediction = {
  readonly ranks: number;
  readonly seconds: number;
  readonly interval: Interval;
  readonly efficiency: number;
};

export type WeakScaling = {
  readonly model: ModelName;
  readonly t1S: number;
  readonly lambda: number;
  readonly kappa: number;
  readonly residual: number;
  readonly weights: readonly { readonly model: ModelName; readonly weight: number }[];
  readonly rows: readonly WeakRow[];
  readonly predictions: readonly WeakPrediction[];
};

export type WeakFit = {
  readonly weak: WeakScaling | undefined;
  readonly findings: readonly Finding[];
};

export function fitWeak(
  abscissae: readonly Abscissa[],
  options: { readonly noiseCv: number; readonly level: number },
): WeakFit {
  const points = abscissae.map((abscissa) => ({ ...abscissa, serialWeight: 1 }));
  const set = fitCandidates(points, { noiseCv: options.noiseCv, models: WEAK_CANDIDATES });
  const findings = findingsOnFit(set);
  if (!set || findings.some(({ code }) => code !== 'WEAK_FIT'))
    return { weak: undefined, findings };
  const { parameters, model, residual } = set.headline;
  const t1S = averageSeconds(set, { ranks: 1, equivalent: 1, serialWeight: 1 });
  const largest = Math.max(...points.map(({ ranks }) => ranks));
  return {
    findings,
    weak: {
      model,
      t1S,
      lambda: parameters.lambda,
      kappa: parameters.kappa,
      residual,
      weights: set.candidates.map(({ model: name, weight }) => ({ model: name, weight })),
      rows: points.map((point) => weakRow(set, point, t1S)),
      predictions: [weakPrediction(set, 2 * largest, { t1S, level: options.level })],
    },
  };
}

function weakRow(
  set: CandidateSet,
  point: Point & { readonly seconds: number },
  t1S: number,
): WeakRow {
  const { ranks, equivalent, seconds } = point;
  const efficiency = t1S / seconds;
  const scaledSpeedup = equivalent * efficiency;
  return {
    ranks,
    equivalent,
    seconds,
    efficiency,
    scaledSpeedup,
    gustafson: gustafsonShare(scaledSpeedup, equivalent),
    modelSeconds: averageSeconds(set, point),
  };
}

function weakPrediction(
  set: CandidateSet,
  ranks: number,
  options: { readonly t1S: number; readonly level: number },
): WeakPrediction {
  const point = { ranks, equivalent: ranks, serialWeight: 1 };
  const seconds = averageSeconds(set, point);
  return {
    ranks,
    seconds,
    interval: secondsEnvelope(set, point, { level: options.level }),
    efficiency: options.t1S / seconds,
  };
}
