/**
 * `piacct speedup --json`: the analysis as plain data under a versioned schema. What is unknown is
 * null; every number is finite; the same runs give the same bytes.
 */
import type { CandidateReport, SpeedupAnalysis } from './analyse.ts';
import { costOf } from './cost.ts';
import type { Decomposition } from './decomposition.ts';
import type { Landmark } from './landmarks.ts';
import type { Prediction } from './prediction.ts';
import { remediesOf, sentenceOf } from './sentence.ts';
import type { WeakScaling } from './weak.ts';
import { verdictLines } from './verdict.ts';

export const SPEEDUP_SCHEMA = 1;

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

export function speedupJson(analysis: SpeedupAnalysis): { readonly [key: string]: Json } {
  const { group, advice, findings } = analysis;
  return {
    schema: SPEEDUP_SCHEMA,
    algorithm: analysis.algorithm,
    verdict: analysis.verdict,
    codes: findings.map(({ code }) => code),
    findings: findings.map((finding) => ({ ...plain(finding), sentence: sentenceOf(finding) })),
    group: plain(group),
    runs: {
      used: analysis.usedRuns.length,
      excluded: analysis.excluded.map(({ run, reason }) => ({ id: run.id, reason })),
      outliers: analysis.rows.flatMap(({ outliers }) => outliers),
    },
    t1S: orNull(analysis.t1S),
    t1Measured: analysis.t1Measured,
    rows: analysis.rows.map((row) => ({
      ...plain(row),
      pop: row.pop ? plain(row.pop) : null,
      lostCoreHours: orNull(costOf(row).lostCoreHours),
      decomposition: row.decomposition ? partsJson(row.decomposition) : null,
    })),
    fit: analysis.fit ? fitJson(analysis.fit) : null,
    candidates: analysis.candidates.map(fitJson),
    bestMeasured: analysis.bestMeasured ? plain(analysis.bestMeasured) : null,
    ceiling: advice ? plain(advice.ceiling) : null,
    costEfficient: advice ? landmarkJson(advice.costEfficient) : null,
    knee: advice ? landmarkJson(advice.knee) : null,
    energyOptimal: analysis.energy ? { ...plain(analysis.energy), how: 'modelled' } : null,
    peak: advice?.peak
      ? {
          ...landmarkJson(advice.peak),
          low: orNull(advice.peak.interval.low),
          high: orNull(advice.peak.interval.high),
        }
      : null,
    limitRanks: orNull(analysis.search?.limitRanks),
    predictions: analysis.predictions.map(predictionJson),
    decomposition: decompositionJson(analysis),
    weak: analysis.weak ? weakJson(analysis.weak) : null,
    toFix: remediesOf(analysis),
    lines: verdictLines(analysis, { dash: '–' }),
  };
}

function fitJson(fit: CandidateReport): { readonly [key: string]: Json } {
  return {
    model: fit.model,
    f: orNull(fit.f.value),
    fLow: orNull(fit.f.interval?.low),
    fHigh: orNull(fit.f.interval?.high),
    lambda: orNull(fit.lambda.value),
    lambdaLow: orNull(fit.lambda.interval?.low),
    lambdaHigh: orNull(fit.lambda.interval?.high),
    kappa: orNull(fit.kappa.value),
    kappaLow: orNull(fit.kappa.interval?.low),
    kappaHigh: orNull(fit.kappa.interval?.high),
    t1S: orNull(fit.t1S),
    residual: orNull(fit.residual),
    criterion: orNull(fit.criterion),
    weight: orNull(fit.weight),
  };
}

function landmarkJson(landmark: Landmark): { readonly [key: string]: Json } {
  return {
    ranks: landmark.ranks,
    seconds: orNull(landmark.seconds),
    efficiency: orNull(landmark.efficiency),
    atLimit: landmark.atLimit,
  };
}

function predictionJson(prediction: Prediction): { readonly [key: string]: Json } {
  if (prediction.kind === 'refused') {
    return { ranks: prediction.ranks, code: prediction.code, limitRanks: prediction.limitRanks };
  }
  const { ranks, seconds, interval, speedup, efficiency, extrapolated } = prediction;
  return {
    ranks,
    seconds: orNull(seconds),
    low: orNull(interval.low),
    high: orNull(interval.high),
    speedup: orNull(speedup),
    efficiency: orNull(efficiency),
    extrapolated,
  };
}

function weakJson(weak: WeakScaling): { readonly [key: string]: Json } {
  return {
    ...plain({ model: weak.model, t1S: weak.t1S, lambda: weak.lambda, kappa: weak.kappa }),
    residual: orNull(weak.residual),
    candidates: weak.weights.map(plain),
    rows: weak.rows.map(plain),
    predictions: weak.predictions.map(({ interval, ...rest }) => ({
      ...plain(rest),
      ...plain(interval),
    })),
  };
}

/** The parts at the largest instrumented rank count, and of every one under `byRanks`. */
function decompositionJson({ rows }: SpeedupAnalysis): Json {
  const parts = rows.flatMap(({ ranks, decomposition }) =>
    decomposition ? [{ ranks, ...partsJson(decomposition) }] : [],
  );
  const last = parts.at(-1);
  return last ? { ...last, byRanks: parts } : null;
}

function partsJson(parts: Decomposition): { readonly [key: string]: Json } {
  return {
    e: orNull(parts.e),
    serial: orNull(parts.serial),
    imbalance: orNull(parts.imbalance),
    transfer: orNull(parts.transfer),
    extra: orNull(parts.extra),
    other: orNull(parts.other),
    serialPhase: parts.serialPhase ?? null,
  };
}

function orNull(value: number | undefined): number | null {
  return value !== undefined && Number.isFinite(value) ? value : null;
}

/** Flat records of numbers, texts and lists of them; undefined and the not finite become null. */
function plain(record: object): { readonly [key: string]: Json } {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, leaf(value)]));
}

function leaf(value: unknown): Json {
  if (typeof value === 'number') return orNull(value);
  if (typeof value === 'string' || typeof value === 'boolean') return value;
  return Array.isArray(value) ? value.map(leaf) : null;
}
